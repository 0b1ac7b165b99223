"""The two Chromiums of a visit: the kiosk's own window and the official site's.

Both get a profile that never existed before, and both end by SIGKILL of all their processes:
nothing is tidied up inside them. Chromium keeps its sandbox (user namespaces, or Debian's
chromium-sandbox where the kernel forbids those); it refuses to run as root, so a keeper that is
root gives it a numeric user of its own.

The Debian wrapper /usr/bin/chromium is not used: it costs a shell and five programs at every
start, adds switches of its own, and moves shared memory into a temporary folder on small machines.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, assert_never

from kiosk.keeper.children import Child, Children, Identity
from kiosk.keeper.chromium import (
    LOCAL_STATE,
    PREFERENCES,
    SWITCHES,
    merged,
    site_preferences,
    site_switches,
)
from kiosk.keeper.parts import Process

# Debian and Raspberry Pi OS; the first that exists is used.
EXECUTABLES = (Path("/usr/lib/chromium/chromium"), Path("/usr/lib/chromium-browser/chromium"))
# A unix socket's path ends at 107 bytes (unix(7)); Chromium makes one of 40 below the profile.
_PROFILE_PATH_LIMIT = 67


class BrowserError(Exception):
    """Say why a browser cannot be started.

    `code` is no-chromium | needs-identity | profile-path-too-long | host-not-allowed.
    """

    code: ClassVar[str] = "browser"

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code  # type: ignore[misc]  # one class, a closed list of codes


class Mode(Enum):
    """Where a browser shows itself."""

    WINDOW = "window"
    HEADLESS = "headless"
    NONE = "none"


@dataclass(frozen=True)
class Bounds:
    """Place and size of a window in pixels."""

    left: int = 0
    top: int = 0
    width: int = 1280
    height: int = 800


def mode_for(environment: Mapping[str, str]) -> Mode:
    """Return WINDOW where there is a screen to draw on, HEADLESS elsewhere."""
    has_screen = environment.get("WAYLAND_DISPLAY") or environment.get("DISPLAY")
    return Mode.WINDOW if has_screen else Mode.HEADLESS


class Browser:
    """One Chromium: started with a fresh profile, ended with all its processes.

    Fulfils `kiosk.keeper.parts.Window`. Every method may be called from any thread.
    """

    def __init__(
        self,
        children: Children,
        profile: Path,
        *,
        mode: Mode,
        environment: Mapping[str, str],
        identity: Identity | None = None,
        bounds: Bounds | None = None,
        is_fullscreen: bool = False,
        debuggable: bool = False,
        tests_only_no_sandbox: bool = False,
        switches: Sequence[str] = (),
        preferences: Mapping[str, Any] | None = None,
    ) -> None:
        """Remember how to start; nothing runs yet.

        `profile` lies on a tmpfs and is made anew at every start; with an `identity` all folders
        above it must let that user pass. `environment` gives the screen's address only.
        `debuggable` opens DevTools on a free loopback port: tests and twin, never the field.
        """
        self._children = children
        self._profile = profile
        self._mode = mode
        self._environment = environment
        self._identity = identity
        self._bounds = bounds or Bounds()
        self._is_fullscreen = is_fullscreen
        self._debuggable = debuggable
        self._no_sandbox = tests_only_no_sandbox
        self._switches = tuple(switches)
        self._preferences = dict(preferences or {})
        self._lock = threading.Lock()
        self._child: Child | None = None

    def start(self, url: str) -> None:
        """Show `url` and nothing else; a browser that still runs is ended first.

        Raise BrowserError, or ChildSurvivedError if the old one cannot be ended.
        """
        if self._mode is Mode.NONE:
            return
        executable = next((path for path in EXECUTABLES if path.exists()), None)
        if executable is None:
            raise BrowserError("no-chromium")
        if os.geteuid() == 0 and self._identity is None and not self._no_sandbox:
            raise BrowserError("needs-identity")
        if len(os.fsencode(self._profile)) > _PROFILE_PATH_LIMIT:
            raise BrowserError("profile-path-too-long")
        with self._lock:
            self._kill()
            self._make_profile()
            self._child = self._children.start(
                [str(executable), *self._command_line(), f"--app={url}"],
                environment=self._child_environment(),
                identity=self._identity,
                folder=self._profile,
            )

    def cut(self) -> None:
        """Strike it down and return at once; `kill` has to follow."""
        child = self._child
        if child is not None:
            child.cut()

    def kill(self) -> None:
        """End every process of it now and wait until all are gone.

        Raise ChildSurvivedError if one is not.
        """
        with self._lock:
            self._kill()

    def alive(self) -> bool:
        """Tell whether it runs."""
        child = self._child
        return child is not None and child.alive()

    def pid(self) -> int | None:
        """Return its main process while it lives."""
        child = self._child
        return child.pid if child is not None and child.alive() else None

    def pids(self) -> tuple[int, ...]:
        """Return all its living processes."""
        child = self._child
        return () if child is None else child.pids()

    def processes(self) -> tuple[Process, ...]:
        """Return all its living processes, each with its start time."""
        found = (Process.of(pid) for pid in self.pids())
        return tuple(process for process in found if process is not None)

    def has_ended(self) -> bool:
        """Tell whether it was started and has ended without `kill`."""
        child = self._child
        return child is not None and not child.alive()

    def ended_by_hand(self) -> bool:
        """Tell whether a person closed its window (exit code 0)."""
        child = self._child
        return child is not None and child.exit_code() == 0

    def debug_address(self) -> str | None:
        """Return where DevTools listens (http://127.0.0.1:PORT), None until it does."""
        if not self._debuggable:
            return None
        try:
            lines = (self._profile / "DevToolsActivePort").read_text("ascii").splitlines()
        except OSError:
            return None
        return f"http://127.0.0.1:{lines[0]}" if lines else None

    def _kill(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child = None

    def _make_profile(self) -> None:
        shutil.rmtree(self._profile, ignore_errors=True)
        default = self._profile / "Default"
        default.mkdir(mode=0o700, parents=True)
        preferences = merged(PREFERENCES, self._preferences)
        (default / "Preferences").write_text(json.dumps(preferences), "utf-8")
        (self._profile / "Local State").write_text(json.dumps(LOCAL_STATE), "utf-8")
        own(self._profile, self._identity)

    def _command_line(self) -> list[str]:
        bounds = self._bounds
        switches = [
            *SWITCHES,
            f"--user-data-dir={self._profile}",
            f"--window-size={bounds.width},{bounds.height}",
            f"--window-position={bounds.left},{bounds.top}",
            *self._switches,
        ]
        match self._mode:
            case Mode.HEADLESS:
                # No screen, so nothing to speed up; saves the search for a graphics driver.
                switches += ["--headless=new", "--disable-gpu"]
            case Mode.WINDOW:
                is_wayland = bool(self._environment.get("WAYLAND_DISPLAY"))
                switches.append(f"--ozone-platform={'wayland' if is_wayland else 'x11'}")
                switches += ["--kiosk"] if self._is_fullscreen else []
            case Mode.NONE:
                pass
            case _:
                assert_never(self._mode)
        if self._debuggable:
            switches.append("--remote-debugging-port=0")
        if self._no_sandbox:
            switches.append("--no-sandbox")
        return switches

    def _child_environment(self) -> dict[str, str]:
        profile = str(self._profile)
        passed = ("DISPLAY", "XAUTHORITY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "LANG")
        return {
            **{name: self._environment[name] for name in passed if name in self._environment},
            "PATH": "/usr/bin:/bin",
            # Whatever it or a library of it writes lands in the profile and goes with it.
            "HOME": profile,
            "TMPDIR": profile,
            "XDG_CACHE_HOME": profile,
            "XDG_CONFIG_HOME": profile,
            "XDG_DATA_HOME": profile,
            # No portal, no secret store, no notification daemon, and no waiting for them.
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "DBUS_SYSTEM_BUS_ADDRESS": "disabled:",
        }


class SiteBrowser:
    """The second Chromium: one official site, its own profile, user and download folder.

    Fulfils `kiosk.keeper.parts.OfficialSite`. Names are resolved only for the host that is open;
    on the device a network namespace and a proxy say the same again.
    """

    def __init__(
        self,
        children: Children,
        folder: Path,
        *,
        hosts: Mapping[str, str],
        mode: Mode,
        environment: Mapping[str, str],
        identity: Identity | None = None,
        bounds: Bounds | None = None,
        proxy: str = "",
        debuggable: bool = False,
        tests_only_no_sandbox: bool = False,
    ) -> None:
        """Remember how to start; nothing runs yet.

        `hosts` maps every host that may be opened to "" (the real one, by https) or to the
        address of its stand-in ("127.0.0.1:5001", by http). `proxy` is "host:port" of the one
        way out; "" means direct.
        """
        self._folder = folder
        self._documents = folder / "documents"
        self._hosts = dict(hosts)
        self._proxy = proxy
        self._identity = identity
        self._make = partial(
            Browser,
            children,
            folder / "profile",
            mode=mode,
            environment=environment,
            identity=identity,
            bounds=bounds,
            debuggable=debuggable,
            tests_only_no_sandbox=tests_only_no_sandbox,
            preferences=site_preferences(self._documents),
        )
        self._lock = threading.Lock()
        self._browser: Browser = self._make()

    def open(self, host: str, path: str) -> None:
        """Show `path` ("/…") of `host`; what was open before is ended, its documents are gone.

        Raise BrowserError("host-not-allowed") for a host nobody named, and as `Browser.start`.
        """
        if host not in self._hosts or not path.startswith("/"):
            raise BrowserError("host-not-allowed")
        stand_in = self._hosts[host]
        with self._lock:
            self._browser.kill()
            shutil.rmtree(self._documents, ignore_errors=True)
            self._documents.mkdir(mode=0o700, parents=True)
            own(self._documents, self._identity)
            self._browser = self._make(switches=site_switches(host, stand_in, self._proxy))
            scheme = "http" if stand_in else "https"
            self._browser.start(f"{scheme}://{host}{path}")

    def cut(self) -> None:
        """Strike it down and return at once; `kill` has to follow."""
        self._browser.cut()

    def kill(self) -> None:
        """End every process of it now and wait until all are gone."""
        with self._lock:
            self._browser.kill()

    def close(self) -> None:
        """End it, and leave nothing of its profile and its documents."""
        with self._lock:
            self._browser.kill()
            for name in ("profile", "documents"):
                shutil.rmtree(self._folder / name, ignore_errors=True)

    def alive(self) -> bool:
        """Tell whether a site is open."""
        return self._browser.alive()

    def pid(self) -> int | None:
        """Return its main process while it lives."""
        return self._browser.pid()

    def pids(self) -> tuple[int, ...]:
        """Return all its living processes."""
        return self._browser.pids()

    def processes(self) -> tuple[Process, ...]:
        """Return all its living processes, each with its start time."""
        return self._browser.processes()

    def has_ended(self) -> bool:
        """Tell whether it was started and has ended without `kill`."""
        return self._browser.has_ended()

    def ended_by_hand(self) -> bool:
        """Tell whether a person closed its window (exit code 0)."""
        return self._browser.ended_by_hand()

    def debug_address(self) -> str | None:
        """Return where DevTools listens (http://127.0.0.1:PORT), None until it does."""
        return self._browser.debug_address()


def own(folder: Path, identity: Identity | None) -> None:
    """Give `folder` and all in it to `identity`; without one it stays ours."""
    if identity is None:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, identity.uid, identity.gid, follow_symlinks=False)
