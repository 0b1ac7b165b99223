"""Draw the visit's table as a Mermaid diagram in the README: `./relais diagram [--check]`."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from kiosk.visit import ENDINGS, TRANSITIONS, VISIT_STATES, Event, State

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- visit diagram: begin -->", "<!-- visit diagram: end -->"


def _name(state: State) -> str:
    return state.name


def diagram() -> str:
    """Return the diagram: one arrow a pair of states, its events beside it.

    The arrows that every state of a visit has (endings to ENDING, a failed machine to
    OUT_OF_SERVICE) are drawn once, from the frame around them.
    """
    lines = ["```mermaid", "stateDiagram-v2", "  direction LR", "  state Visit {"]
    outside = []
    for state, row in TRANSITIONS.items():
        arrows: dict[State, list[str]] = defaultdict(list)
        for event, target in row.items():
            is_frame = state in VISIT_STATES and event in ENDINGS
            if not is_frame and event is not Event.MACHINE_FAILED:
                arrows[target].append(event.value)
        for target, events in arrows.items():
            line = f"{_name(state)} --> {_name(target)}: {', '.join(events)}"
            if state in VISIT_STATES and target in VISIT_STATES:
                lines.append(f"    {line}")
            else:
                outside.append(f"  {line}")
    lines.append("  }")
    lines += outside
    lines.append(f"  Visit --> ENDING: {', '.join(event.value for event in ENDINGS)}")
    lines.append(f"  Visit --> OUT_OF_SERVICE: {Event.MACHINE_FAILED.value}")
    lines.append("```")
    return "\n".join(lines)


def _with_diagram(text: str) -> str:
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise SystemExit(f"{README.name}: put {BEGIN} and {END} where the diagram belongs")
    return f"{before}{BEGIN}\n{diagram()}\n{END}{after}"


def main() -> int:
    """Write the diagram, or with --check tell whether the README's is the table's."""
    parser = argparse.ArgumentParser(prog="relais diagram")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    text = README.read_text(encoding="utf-8")
    drawn = _with_diagram(text)
    if options.check:
        return 0 if drawn == text else 1
    README.write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
