"""`./relais check`: every linter, the types, the import contracts, the words in the tree."""

import os
import sys

from provisioning.checks.children import Children, Outcome, Stopped, ended_with_us
from provisioning.checks.tools import find_root, list_tools
from provisioning.checks.tree import find_foreign_names


def check_tree(children: Children) -> list[str]:
    """Run every check and say how each ended. Return the names of those that failed."""
    root = find_root()
    os.chdir(root)
    failed = []

    def report(outcome: Outcome) -> None:
        verdict = "ok" if outcome.status == 0 else "FAILED"
        print(f"{outcome.name:<24}{verdict:<8}{outcome.took_s:5.1f} s", flush=True)
        if outcome.status != 0:
            failed.append(outcome.name)
            print(outcome.words.rstrip(), flush=True)

    children.run_all(list_tools(root), report)
    findings = find_foreign_names(root)
    report(Outcome("names in the tree", int(bool(findings)), "\n".join(map(str, findings)), 0.0))
    return failed


def main() -> int:
    """Run the checks; return the status of the process."""
    try:
        with ended_with_us() as children:
            failed = check_tree(children)
    except Stopped as stopped:
        return 128 + stopped.number
    print(f"{len(failed)} failed: {', '.join(failed)}" if failed else "Everything is in order.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
