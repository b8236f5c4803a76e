"""A hard limit around code that does not look at its meter often enough.

The meter of a search is exact but only looked at when fuel is spent. One long call inside a
primitive can pass it. The guard asks the operating system for a timer signal and raises
`LimitReached` from within whatever Python code runs then.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from nsr.errors import LimitReached

TICK = 0.25
"""Seconds between two looks."""

REPEAT = 2.0
"""Seconds between two raises: time for the first to be handled."""


@contextmanager
def guard(
    *, seconds: float | None = None, memory: int | None = None, quiet: bool = False
) -> Iterator[None]:
    """Raise `LimitReached` in the body when it runs longer or grows larger than allowed.

    An import is not interrupted, as its module would be left half made: it is stopped after it.
    Does nothing outside the main thread, or where the system has no interval timers. Native
    code that does not return to Python is not interrupted.

    Args:
        seconds: wall-clock seconds from now.
        memory: bytes by which the resident memory of this process may grow from now.
        quiet: end the body without an error, for what keeps its best so far. Limits of anyone
            else still go on to the caller.

    Raises:
        LimitReached: inside the body; again every `REPEAT` seconds if it goes on.
    """
    usable = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not usable or (seconds is None and memory is None):
        yield
        return
    start = time.monotonic()
    base = resident_bytes()
    quiet_until = 0.0
    over = struck = False
    body = sys._getframe(2)  # below this one and that of the context manager

    def look(_signal: int, frame: FrameType | None) -> None:
        nonlocal quiet_until, struck
        now = time.monotonic()
        if over or now < quiet_until:
            return
        limit = None
        if seconds is not None and now - start > seconds:
            limit = "seconds"
        elif memory is not None and resident_bytes() - base > memory:
            limit = "memory"
        if limit is not None and not _importing(frame, body):
            quiet_until = now + REPEAT
            struck = True
            raise LimitReached(limit)

    before = signal.signal(signal.SIGALRM, look)
    timer = signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
    try:
        yield
    except LimitReached:
        if not (quiet and struck):
            raise
    finally:
        # A tick that comes while we clean up must not stop us half way.
        over = True
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *timer)


def resident_bytes() -> int:
    """Memory this process has in RAM now; 0 where the system does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def peak_bytes() -> int:
    """Most memory this process ever had in RAM; 0 where the system does not say."""
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if os.uname().sysname == "Darwin" else peak * 1024


def _importing(frame: FrameType | None, body: FrameType) -> bool:
    """Whether an import is under way above a frame."""
    while frame is not None and frame is not body:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
