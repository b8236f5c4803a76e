"""Garbage collection while a search runs: seldom.

A search keeps hundreds of thousands of tuples, none of them in cycles. The collector goes through
them again and again, for a quarter of the time of a search.
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator
from typing import Final

SELDOM: Final = (100_000, 20, 100)
"""Thresholds of the collector."""


@contextlib.contextmanager
def seldom() -> Iterator[None]:
    """Collect cycles less often inside, then as before."""
    before = gc.get_threshold()
    if before[0]:  # else somebody has switched it off
        gc.set_threshold(*map(max, before, SELDOM))
    try:
        yield
    finally:
        gc.set_threshold(*before)
