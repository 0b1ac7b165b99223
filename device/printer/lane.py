"""A lane: calls to one other side, one at a time, and nobody waits for ever."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class LaneBlocked(Exception):
    """Say that the other side did not answer within the limit; the call was given up."""


class Lane:
    """Run blocking calls in a thread of their own and give up after a limit.

    libcups offers pycups no timeout: against a stopped daemon a call blocks for ever. The caller
    waits `limit_s` seconds at most, twice that when another caller holds the lane. A call that
    was given up keeps the lane until it returns (when the daemon is killed it does), so that no
    more than one thread per lane can ever hang.
    """

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._free = threading.Lock()

    def call(self, function: Callable[[], T], *, undo: Callable[[T], object] | None = None) -> T:
        """Return what `function` returns or raise what it raises.

        Raises LaneBlocked after the limit. If `function` succeeds after all, `undo` gets its
        result: what was given up must not have an effect later.
        """
        if not self._free.acquire(timeout=self._limit_s):
            raise LaneBlocked
        call = _Call(function, undo, self._free)
        threading.Thread(target=call.run, daemon=True).start()
        return call.result(self._limit_s)


class _Call(Generic[T]):
    def __init__(
        self,
        function: Callable[[], T],
        undo: Callable[[T], object] | None,
        lane: threading.Lock,
    ) -> None:
        self._function = function
        self._undo = undo
        self._lane = lane
        self._ended = threading.Event()
        self._decision = threading.Lock()
        self._is_given_up = False
        self._value: list[T] = []
        self._error: BaseException | None = None

    def run(self) -> None:
        try:
            value = self._function()
            with self._decision:
                if not self._is_given_up:
                    self._value.append(value)
                    self._ended.set()
            if not self._ended.is_set() and self._undo is not None:
                self._undo(value)
        except BaseException as error:  # noqa: BLE001  carried over to the waiting thread
            self._error = error
        finally:
            self._ended.set()
            self._lane.release()

    def result(self, limit_s: float) -> T:
        self._ended.wait(limit_s)
        with self._decision:
            if not self._ended.is_set():
                self._is_given_up = True
                raise LaneBlocked
        if self._error is not None:
            raise self._error
        return self._value[0]
