"""The launcher, in a copy whose tools are fakes: no apt, no pip, no network is touched."""

import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMANDS = ("run", "test", "check", "bench", "read-card", "screens", "setup", "lock")
OFFLINE = "Iface\tDestination\nlo\t00000000\n"


@dataclass(frozen=True)
class Checkout:
    """A copy of the launcher with its own machine: what is installed, which routes exist."""

    folder: Path

    def starts(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `./relais` with these words, without root and without a network."""
        return subprocess.run(
            [self.folder / "relais", *words],
            env={
                "PATH": f"{self.folder / 'bin'}:/usr/bin:/bin",
                "HOME": str(self.folder),
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def has(self, *packages: str) -> None:
        """Pretend that exactly these Debian packages are needed and there."""
        proofs = [f"{package} {self.folder / 'installed' / package}\n" for package in packages]
        self.list("debian-run.list").write_text("".join(proofs))
        for package in packages:
            (self.folder / "installed" / package).touch()

    def changes(self, name: str) -> None:
        """Change a lock file after the environment was made."""
        self.list(name).write_text("# changed\n")

    def lacks(self, package: str) -> None:
        """Take a package away."""
        (self.folder / "installed" / package).unlink()

    def has_network(self) -> None:
        """Pretend that there is a route."""
        (self.folder / "routes").write_text("Iface\nlo\neth0\n")

    def has_root(self) -> None:
        """Pretend that sudo asks nothing."""
        write_script(self.folder / "bin/sudo", 'shift; exec "$@"')

    def replaces(self, name: str, old: str, new: object) -> None:
        """Give a script of the set-up another place of this machine."""
        script = self.list(name)
        text = script.read_text()
        assert old in text
        script.write_text(text.replace(old, str(new)))

    def list(self, name: str) -> Path:
        """Return a file of the set-up."""
        return self.folder / "provisioning" / "setup" / name

    def has_environment(self, level: str, *without: str) -> None:
        """Pretend that the environment was made by an earlier start."""
        python = self.folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True, exist_ok=True)
        write_script(python, 'echo "started $* without:$RELAIS_MISSING"')
        stamp = " ".join((self.key(level), *without))
        (self.folder / ".venv" / f".relais-{level}").write_text(stamp + "\n")
        driver = self.folder / ".parts/vpcd/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
        driver.parent.mkdir(parents=True, exist_ok=True)
        driver.touch()

    def key(self, level: str) -> str:
        """Return the key that the launcher itself computes now."""
        script = f'setup={self.list("")}; . "$setup/say.sh"; . "$setup/python.sh"; '
        script += f"require_python; environment_key {level}"
        return subprocess.run(
            ["bash", "-euc", script], capture_output=True, text=True, check=True
        ).stdout


def write_script(path: Path, body: str) -> None:
    """Write an executable shell script."""
    path.write_text(f"#!/bin/bash\n{body}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    for folder in ("bin", "installed", "provisioning"):
        (tmp_path / folder).mkdir()
    shutil.copy(ROOT / "relais", tmp_path)
    shutil.copytree(ROOT / "provisioning/setup", tmp_path / "provisioning/setup")
    fake = Checkout(tmp_path)
    # No network and no root, whoever runs this test: the questions get fixed answers.
    (tmp_path / "routes").write_text(OFFLINE)
    say = fake.list("say.sh")
    words = say.read_text().replace("/proc/net/route", str(tmp_path / "routes"))
    words = words.replace("/proc/net/ipv6_route", "/nonexistent").replace("((EUID == 0))", "false")
    say.write_text(words)
    write_script(tmp_path / "bin/sudo", "exit 1")
    for name in ("debian-run.list", "debian-build.list", "debian-test.list"):
        fake.list(name).write_text("")
    return fake


def test_help_lists_every_command_on_one_line(checkout: Checkout) -> None:
    shown = checkout.starts("--help")

    listed = [line.split()[0] for line in shown.stdout.splitlines() if line.startswith("  ")]
    assert set(COMMANDS) <= set(listed)
    assert len(set(listed)) == len(listed)
    assert shown.returncode == 0


def test_no_command_shows_the_help(checkout: Checkout) -> None:
    assert checkout.starts().stdout == checkout.starts("--help").stdout


def test_what_tests_need_is_added_to_an_environment_that_a_kiosk_may_run_from(
    checkout: Checkout,
) -> None:
    checkout.has()
    checkout.has_environment("run")
    checkout.has_network()

    started = checkout.starts("check")

    assert started.stdout.startswith("started -m provisioning.checks")
    assert "Adding what tests need" in started.stderr
    assert "Making the Python environment" not in started.stderr


def test_an_unknown_command_says_where_the_commands_are(checkout: Checkout) -> None:
    refused = checkout.starts("dance")

    assert refused.returncode == 64
    assert "There is no command 'dance'" in refused.stderr
    assert "./relais --help" in refused.stderr
    assert refused.stdout == ""


def test_a_second_start_installs_nothing_and_says_nothing(checkout: Checkout) -> None:
    checkout.has("pcscd")
    checkout.has_environment("run")

    started = checkout.starts("run", "--port", "0")

    assert started.stdout == "started -m provisioning.twin --port 0 without:\n"
    assert started.stderr == ""


def test_an_older_environment_must_do_without_a_network_and_says_so(checkout: Checkout) -> None:
    checkout.has_environment("run")
    checkout.changes("run.lock")

    started = checkout.starts("run")

    assert started.stdout == "started -m provisioning.twin without:\n"
    assert "These are not the Python packages of run.lock" in started.stderr


def test_an_environment_that_cannot_import_the_program_is_not_used(checkout: Checkout) -> None:
    checkout.has_environment("run")
    checkout.changes("run.lock")
    write_script(checkout.folder / ".venv/bin/python", "exit 1")

    refused = checkout.starts("run")

    assert refused.returncode == 69
    assert "Run ./relais setup once with a network." in refused.stderr


@pytest.mark.parametrize("level", ["run", "test"])
def test_only_the_tests_need_the_lock_of_the_tests(checkout: Checkout, level: str) -> None:
    before = checkout.key(level)
    checkout.changes("test.lock")

    assert (checkout.key(level) != before) == (level == "test")


def test_without_root_a_missing_part_becomes_a_simulator(checkout: Checkout) -> None:
    checkout.has("pcscd", "cups-daemon")
    checkout.has_environment("run")
    checkout.lacks("cups-daemon")
    (checkout.folder / "routes").write_text("Iface\nlo\neth0\n")

    started = checkout.starts("run")

    assert started.stdout == "started -m provisioning.twin without:cups-daemon\n"
    assert "Not on this machine: cups-daemon (no root, and sudo would ask)." in started.stderr
    assert "built-in simulators" in started.stderr


def test_without_a_voice_it_is_said_that_nothing_is_read_aloud(checkout: Checkout) -> None:
    checkout.has("pcscd", "espeak-ng")
    checkout.has_environment("run")
    checkout.lacks("espeak-ng")

    started = checkout.starts("run")

    assert started.stdout == "started -m provisioning.twin without:espeak-ng\n"
    assert "Not on this machine: espeak-ng (no network)." in started.stderr
    assert "Nothing is read aloud." in started.stderr
    assert "simulators" not in started.stderr


def test_the_voice_is_installed_with_what_the_kiosk_needs() -> None:
    rows = (ROOT / "provisioning/setup/debian-run.list").read_text().splitlines()
    assert "espeak-ng" in [row.split()[0] for row in rows]


def test_without_a_network_a_missing_part_becomes_a_simulator(checkout: Checkout) -> None:
    checkout.has("pcscd")
    checkout.has_environment("run")
    checkout.lacks("pcscd")

    started = checkout.starts("run")

    assert started.stdout == "started -m provisioning.twin without:pcscd\n"
    assert "Not on this machine: pcscd (no network)." in started.stderr


def test_an_environment_without_compiled_modules_is_used_as_long_as_it_must(
    checkout: Checkout,
) -> None:
    checkout.list("debian-build.list").write_text(f"gcc {checkout.folder / 'no-gcc'}\n")
    checkout.has_environment("run", "pyscard", "pycups")

    assert checkout.starts("run").stdout == "started -m provisioning.twin without:pyscard pycups\n"

    (checkout.folder / "no-gcc").touch()  # now it could be completed: the launcher tries
    assert "These are not the Python packages of run.lock" in checkout.starts("run").stderr


def test_without_anything_the_next_step_is_said(checkout: Checkout) -> None:
    refused = checkout.starts("run")

    assert refused.returncode == 69
    assert "Run ./relais setup once with a network." in refused.stderr


def test_tests_do_not_start_without_their_environment(checkout: Checkout) -> None:
    checkout.has_environment("run")

    assert checkout.starts("test").returncode == 69


def test_a_checkout_that_cannot_be_written_uses_the_cache(checkout: Checkout) -> None:
    # given: root can write everywhere, so the question gets a fixed answer
    launcher = checkout.folder / "relais"
    question = "[[ ! -w $here ||"
    assert question in launcher.read_text()
    launcher.write_text(launcher.read_text().replace(question, "[[ -n read-only ||"))

    # when
    refused = checkout.starts("run")

    # then
    assert refused.returncode == 69
    assert not (checkout.folder / ".parts").exists()
    (cache,) = (checkout.folder / ".cache" / "relais").iterdir()
    assert (cache / "parts").is_dir()


def test_a_persons_own_python_does_not_reach_into_this_one(checkout: Checkout) -> None:
    checkout.has_environment("run")
    reaching = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    words = " ".join(f"${{{name}-none}}" for name in reaching)
    write_script(checkout.folder / ".venv/bin/python", f'echo "{words}"')

    started = checkout.starts("run", **dict.fromkeys(reaching, "/somebody"))

    assert started.stdout == "none none none\n"


@pytest.mark.parametrize("level", ["run", "test"])
def test_every_package_is_installed_by_its_hash(checkout: Checkout, level: str) -> None:
    # given: a Python that makes environments, whose pip only notes what it is told
    told = checkout.folder / "told"
    python = checkout.folder / "bin" / "python3.11"
    made = f'#!/bin/bash\n[[ $2 == pip ]] && echo "$*" >>{told}\nexit 0'
    write_script(
        python, f"mkdir -p \"$4/bin\"; echo '{made}' >$4/bin/python; chmod 755 $4/bin/python"
    )
    checkout.replaces("python.sh", "debian_python=/usr/bin/python3 ", f"debian_python={python} ")
    checkout.replaces("python.sh", "/usr/lib/python3*/ensurepip/__init__.py", python)
    driver = checkout.folder / ".parts/vpcd/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
    driver.parent.mkdir(parents=True)
    driver.touch()
    checkout.has_network()
    # when
    done = checkout.starts("run" if level == "run" else "check")
    # then
    assert done.returncode == 0, done.stderr
    installs = told.read_text().splitlines()
    locks = ["build.lock", "run.lock", "test.lock"][: 2 if level == "run" else 3]
    assert locks == [Path(line.split()[-1]).name for line in installs]
    for line in installs:
        assert {"--require-hashes", "--no-deps", "--no-build-isolation"} <= set(line.split())


def test_no_service_is_started_by_an_installation(checkout: Checkout) -> None:
    # given: a package that is missing, and an apt that notes what a package's script would be told
    policy, seen = checkout.folder / "policy-rc.d", checkout.folder / "seen"
    checkout.replaces("debian.sh", "policy=/usr/sbin/policy-rc.d", f"policy={policy}")
    checkout.has("pcscd")
    checkout.has_environment("run")
    checkout.lacks("pcscd")
    checkout.has_root()
    checkout.has_network()
    write_script(
        checkout.folder / "bin/apt-get",
        f'[[ " $* " == *" install "* ]] || exit 0\n{policy}; echo $? >{seen}',
    )
    # when
    checkout.starts("run")
    # then: it is forbidden meanwhile, and nothing of it stays
    assert seen.read_text() == "101\n"
    assert not policy.exists()


def test_a_policy_that_somebody_else_made_stays(checkout: Checkout) -> None:
    policy = checkout.folder / "policy-rc.d"
    checkout.replaces("debian.sh", "policy=/usr/sbin/policy-rc.d", f"policy={policy}")
    write_script(policy, "exit 0  # an administrator's")
    before = policy.read_text()
    checkout.has("pcscd")
    checkout.has_environment("run")
    checkout.lacks("pcscd")
    checkout.has_root()
    checkout.has_network()
    write_script(checkout.folder / "bin/apt-get", "exit 0")

    checkout.starts("run")

    assert policy.read_text() == before


def test_the_lock_files_name_no_index() -> None:
    for lock in (ROOT / "provisioning/setup").glob("*.lock"):
        assert "http" not in lock.read_text()
        assert "--index" not in lock.read_text()


def test_every_locked_package_has_a_hash() -> None:
    for lock in (ROOT / "provisioning/setup").glob("*.lock"):
        entries = [line for line in lock.read_text().splitlines() if "==" in line]
        assert entries
        assert all(line.endswith("\\") for line in entries), lock.name
