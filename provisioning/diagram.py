"""Draw the visit's table as a Mermaid diagram in the README: `./relais diagram [--check]`."""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

from kiosk.visit import (
    ARRIVALS,
    ENDINGS,
    TRANSITIONS,
    VISIT_STATES,
    WALKING,
    Event,
    State,
)

README = Path(__file__).resolve().parents[1] / "README.md"
BEGIN, END = "<!-- visit diagram: begin -->", "<!-- visit diagram: end -->"


def diagram() -> str:
    """Return the diagram: one arrow a pair of states, its events beside it.

    What all states of a group have in common is drawn once, from the frame around them: the
    arrivals of the walk, the endings of a visit, a failed machine.
    """
    walk, visit, outside = [], [], []
    for state, row in TRANSITIONS.items():
        arrows: dict[State, list[str]] = defaultdict(list)
        for event, target in row.items():
            if not _is_common(state, event, target):
                arrows[target].append(event.value)
        for target, events in arrows.items():
            line = f"{state.name} --> {target.name}: {', '.join(events)}"
            if state in WALKING and target in WALKING:
                walk.append(line)
            elif state in VISIT_STATES and target in VISIT_STATES:
                visit.append(line)
            else:
                outside.append(line)
    outside += [
        f"Visit --> ENDING: {', '.join(event.value for event in ENDINGS)}",
        f"Visit --> OUT_OF_SERVICE: {Event.MACHINE_FAILED.value}",
    ]
    arrivals = [f"Walk --> {target.name}: {event.value}" for event, target in ARRIVALS.items()]
    return "\n".join(
        [
            "```mermaid",
            "stateDiagram-v2",
            "  direction LR",
            "  state Visit {",
            "    state Walk {",
            *(f"      {line}" for line in walk),
            "    }",
            *(f"    {line}" for line in (*arrivals, *visit)),
            "  }",
            *(f"  {line}" for line in outside),
            "```",
        ]
    )


def _is_common(state: State, event: Event, target: State) -> bool:
    if event is Event.MACHINE_FAILED or (state in VISIT_STATES and event in ENDINGS):
        return True
    return state in WALKING and ARRIVALS.get(event) is target


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
