"""Budgets: how much work may be done, and a meter that says what was spent and what stopped it.

Fuel comes first. One unit is one application of a primitive to one example, so under a fuel limit
the same search gives the same result on any machine and with any number of workers. Seconds and
bytes are the safety net around it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nsr.errors import InputError, LimitReached

MEBIBYTE = 1 << 20
_CLOCK_EVERY = 512  # fuel between two looks at the clock; a look costs about 50 ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Limits of one search; `None` means no limit.

    Args:
        fuel: primitive applications times examples, deterministic.
        seconds: wall-clock seconds.
        memory: bytes that values kept by the search may take.

    Raises:
        InputError: if a limit is not positive, or fuel or memory no whole number.
    """

    fuel: int | None = None
    seconds: float | None = None
    memory: int | None = None

    def __post_init__(self) -> None:
        for name in ("fuel", "seconds", "memory"):
            limit = getattr(self, name)
            if limit is None:
                continue
            if isinstance(limit, bool) or not isinstance(limit, int | float) or not limit > 0:
                raise InputError(f"budget {name} must be positive, got {limit!r}")
            if name != "seconds":
                # Whole numbers are also written as 1e6.
                if limit != limit // 1:
                    raise InputError(f"budget {name} must be a whole number, got {limit!r}")
                object.__setattr__(self, name, int(limit))

    def meter(self) -> Meter:
        """A fresh meter; the clock starts now."""
        return Meter(self)


@dataclass(frozen=True, slots=True)
class Spent:
    """What a search used: fuel units, wall seconds, CPU seconds, peak bytes."""

    fuel: int
    seconds: float
    cpu_seconds: float
    memory: int


class Meter:
    """Counts what is spent against a budget and raises `LimitReached` at the limit.

    A child made by `share` spends from its own limits and from its parent's at once; running out
    of the parent's marks the parent as stopped, running out of its own marks only the child.
    """

    __slots__ = (
        "_cpu_start",
        "_deadline",
        "_look_at",
        "_parent",
        "_start",
        "budget",
        "fuel",
        "held",
        "peak",
        "stopped_by",
    )

    def __init__(self, budget: Budget, parent: Meter | None = None):
        self.budget = budget
        self.fuel = 0
        self.held = 0
        self.peak = 0
        self.stopped_by: str | None = None
        self._parent = parent
        self._start = time.monotonic()
        self._cpu_start = time.process_time()
        self._deadline = None if budget.seconds is None else self._start + budget.seconds
        self._look_at: float = 0
        """At this fuel the limits are looked at; never beyond the limit of fuel."""

    def spend(self, units: int = 1) -> None:
        """Use fuel, and look at the clock now and then.

        Raises:
            LimitReached: when fuel or seconds are gone.
        """
        # Called for every run of a function literal: a loop over the parents, not a recursion.
        meter: Meter | None = self
        while meter is not None:
            meter.fuel += units
            if meter.fuel > meter._look_at:
                self._look(meter)
            meter = meter._parent

    def hold(self, nbytes: int) -> None:
        """Account for `nbytes` more (or, negative, fewer) bytes of kept values.

        Raises:
            LimitReached: when the memory limit is passed.
        """
        line = []
        meter: Meter | None = self
        while meter is not None:
            meter.held += nbytes
            meter.peak = max(meter.peak, meter.held)
            line.append(meter)
            meter = meter._parent
        if nbytes <= 0:
            return
        # Only when all have been told: what is given back later is given back to all.
        for place, meter in enumerate(line):
            if meter.budget.memory is not None and meter.held > meter.budget.memory:
                for below in line[:place]:
                    below.stopped_by = "memory"
                meter._stop("memory")

    def check_clock(self) -> None:
        """Raise `LimitReached` if the seconds are over."""
        if self._deadline is not None and time.monotonic() > self._deadline:
            self._stop("seconds")

    @contextmanager
    def ending(self) -> Iterator[None]:
        """A body that this meter's limits end quietly.

        `LimitReached` by anyone else's, as of a guard around the body, goes on to the caller.
        """
        try:
            yield
        except LimitReached:
            if self.stopped_by is None:
                raise

    def share(
        self, *, fuel: int | None = None, seconds: float | None = None, memory: int | None = None
    ) -> Meter:
        """A child meter with limits of its own, also bounded by what is left here."""
        return Meter(Budget(fuel=fuel, seconds=seconds, memory=memory), parent=self)

    @property
    def fuel_left(self) -> int | None:
        """Fuel that may still be spent here and in every parent; `None` without a limit."""
        own = None if self.budget.fuel is None else self.budget.fuel - self.fuel
        above = None if self._parent is None else self._parent.fuel_left
        return above if own is None else own if above is None else min(own, above)

    @property
    def seconds_left(self) -> float | None:
        """Seconds until the nearest deadline here or above; `None` without one."""
        own = None if self._deadline is None else self._deadline - time.monotonic()
        above = None if self._parent is None else self._parent.seconds_left
        return above if own is None else own if above is None else min(own, above)

    @property
    def spent(self) -> Spent:
        """What was used so far."""
        return Spent(
            fuel=self.fuel,
            seconds=time.monotonic() - self._start,
            cpu_seconds=time.process_time() - self._cpu_start,
            memory=self.peak,
        )

    def _look(self, meter: Meter) -> None:
        """Look at the limits of this meter or one above; what stops that one stops all below."""
        limit = meter.budget.fuel
        try:
            if limit is not None and meter.fuel > limit:
                meter.fuel = limit
                meter._stop("fuel")
            meter.check_clock()
            meter._look_at = min(meter.fuel + _CLOCK_EVERY, limit or math.inf)
        except LimitReached as reached:
            below: Meter | None = self
            while below is not None and below is not meter:
                below.stopped_by = reached.limit
                below = below._parent
            raise

    def _stop(self, limit: str) -> None:
        self.stopped_by = limit
        raise LimitReached(limit)
