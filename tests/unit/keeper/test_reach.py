"""What no part of a laptop's run can reach, and what the wipe's excuses cover."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from kiosk.keeper.programs import LOADED, loaded_programs

REPOSITORY = Path(__file__).parents[3]
ROOMS = ("kiosk", "device", "provisioning/twin")
_REBOOT = re.compile(
    r"reboot|shutdown -|poweroff|systemctl|logind|sysrq|SYS_reboot|/sbin/(init|halt)", re.IGNORECASE
)
# Never copied to memory that is searched; tests and the wipe's own lazy look at PNG.
_NOT_LOADED = {"typst"}


def sources() -> list[Path]:
    return [path for room in ROOMS for path in (REPOSITORY / room).rglob("*.py")]


def said_in_code(path: Path) -> list[str]:
    """Return every text and name of a module's code, its docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose
    ]
    names = [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return texts + names + [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]


def test_nothing_that_runs_on_a_laptop_can_reboot_it() -> None:
    found = {
        str(path.relative_to(REPOSITORY)): said
        for path in sources()
        for said in said_in_code(path)
        if _REBOOT.search(said)
    }
    assert found == {}


def test_a_call_to_reboot_would_be_seen(tmp_path: Path) -> None:
    module = tmp_path / "m.py"
    module.write_text('"""Says reboot."""\nimport os\nos.system("systemctl reboot")\n')

    assert [said for said in said_in_code(module) if _REBOOT.search(said)] == ["systemctl reboot"]


def test_every_library_that_is_imported_is_one_whose_words_are_excused() -> None:
    imported = set()
    for path in (*(REPOSITORY / "kiosk").rglob("*.py"), *(REPOSITORY / "device").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                imported.add(node.module.partition(".")[0])
    libraries = imported - set(sys.stdlib_module_names) - {"kiosk", "device"} - _NOT_LOADED

    assert libraries - set(LOADED) == set()


def test_the_programs_are_few_enough_to_be_read_while_a_machine_waits() -> None:
    places = loaded_programs()
    size = sum(
        file.stat().st_size
        for place in places
        for file in ([place] if place.is_file() else place.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    )
    assert all(place.exists() for place in places)
    assert size < 300 * 1024 * 1024
