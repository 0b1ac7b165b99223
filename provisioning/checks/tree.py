"""What may not stand in the tree: names of package registries and paths of one machine."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

NOT_OURS = frozenset({"__pycache__", "node_modules"})
OUR_HIDDEN = frozenset({".ci", ".gitignore"})

# Written in two halves, so that this file does not find itself.
REGISTRIES = (
    ("py", r"pi\.org"),
    ("python", r"hosted\.org"),
    ("pi", r"wheels\.org"),
    ("npm", r"js\.(org|com)"),
    ("deb", r"\.debian\.org"),
    ("security", r"\.debian\.org"),
    ("archive.raspberry", r"pi\.(org|com)"),
    ("crates", r"\.io\b"),
    ("proxy.go", r"lang\.org"),
)
MACHINE_PATHS = (
    ("/wo", r"rk/(main|venv|shared|tmp)\b"),
    ("/roo", r"t/"),
    ("/hom", r"e/[a-z]"),
    ("/o", r"pt/(py" r"pi|wheels)"),
)


@dataclass(frozen=True)
class Finding:
    """A line that may not stand where it stands. Lines count from 1."""

    path: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


def walk_tree(root: Path) -> Iterator[Path]:
    """Yield the project's own files, also those that git does not know yet, sorted."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(
            name
            for name in folders
            if name not in NOT_OURS and (not name.startswith(".") or name in OUR_HIDDEN)
        )
        for name in sorted(files):
            if not name.startswith(".") or name in OUR_HIDDEN:
                yield Path(folder) / name


def find_foreign_names(root: Path) -> list[Finding]:
    """List every registry host and every path of one machine. A file of bytes is passed over."""
    forbidden = [
        *((re.compile(a + b), "a package registry's host") for a, b in REGISTRIES),
        *((re.compile(rf"(?<![\w.]){a}{b}"), "a path of one machine") for a, b in MACHINE_PATHS),
    ]
    findings = []
    for path in walk_tree(root):
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, start=1):
            findings += [
                Finding(path.relative_to(root), number, what)
                for pattern, what in forbidden
                if pattern.search(line)
            ]
    return findings


def find_shell_scripts(root: Path) -> list[Path]:
    """List the files that start with a shell's `#!` line. What they source is followed."""
    scripts = []
    for path in walk_tree(root):
        with path.open("rb") as file:
            first = file.readline(80)
        if re.match(rb"#!.*\b(ba|da)?sh\b", first):
            scripts.append(path)
    return scripts


def find_units(root: Path) -> list[Path]:
    """List the systemd units that can be verified on a machine that is not a kiosk."""
    return sorted(
        path for path in (root / "systemd").rglob("*.*") if path.suffix in {".service", ".socket"}
    )
