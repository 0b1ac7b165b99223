"""The tools of `./relais check`, as jobs."""

import os
import sys
from pathlib import Path

from provisioning.checks.children import Job
from provisioning.checks.tree import find_shell_scripts, find_units

PYTHON_ROOMS = ("kiosk", "device", "provisioning", "tests")
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def find_root() -> Path:
    """Return the checkout: the folder that holds the launcher."""
    return Path(__file__).resolve().parents[2]


def find_parts(root: Path) -> Path:
    """Return the folder of private parts and caches, which need not lie in the checkout."""
    return Path(os.environ.get("RELAIS_PARTS", root / ".parts"))


def list_tools(root: Path) -> list[Job]:
    """Return every tool's job, the longest first."""
    cache = find_parts(root) / "cache"
    ruff_cache = ("--cache-dir", str(cache / "ruff"))
    jobs = [
        _python("mypy --strict", "-m", "mypy", "--cache-dir", str(cache / "mypy")),
        _python("import contracts", "-c", LINT_IMPORTS, "--cache-dir", str(cache / "imports")),
        _python("codespell", "-m", "codespell_lib", *_speakable(root)),
        Job("shellcheck", ("shellcheck", "-x", *_relative(find_shell_scripts(root), root))),
        _python("ruff format", "-m", "ruff", "format", "--check", *ruff_cache, "."),
        _python("ruff check", "-m", "ruff", "check", *ruff_cache, "."),
    ]
    if units := find_units(root):
        jobs.append(Job("systemd-analyze verify", ("systemd-analyze", "verify", *map(str, units))))
    return jobs


def _python(name: str, *words: str) -> Job:
    return Job(name, (sys.executable, *words))


def _relative(paths: list[Path], root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in paths]


def _speakable(root: Path) -> list[str]:
    return [name for name in ("README.md", "relais", *PYTHON_ROOMS) if (root / name).exists()]
