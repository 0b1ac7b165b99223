"""Who lived during the visit and still lives."""

from __future__ import annotations

import os
from collections.abc import Iterable

from kiosk.wipe.processes import RUN_VARIABLE, Process, family, has_variable, read_table


def find_survivors(
    keeper: Process,
    listed: Iterable[Process],
    outside: Iterable[Process],
    run_folder: str,
) -> frozenset[Process]:
    """Return the keeper, all it started, all started within its run, and the listed ones.

    Left out: this process and its children, what began after it, and `outside` with all that
    they started.
    """
    table = read_table()
    own = table[os.getpid()].process
    marked = {
        row.process
        for row in table.values()
        if has_variable(row.process.pid, RUN_VARIABLE, run_folder)
    }
    left_out = family(table, [own, *outside])
    return frozenset(
        process
        for process in family(table, [keeper, *listed]) | marked
        if process not in left_out and process.start <= own.start and not table[process.pid].is_dead
    )
