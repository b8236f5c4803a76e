"""The conformance suite finds what it is meant to find."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import nsr.testing as suite
from nsr.budget import Meter
from nsr.errors import LimitReached
from nsr.executor import Executor
from nsr.search import Candidate, Guide, Problem
from nsr.space import load_space
from searchers.bottom_up import BottomUp

CASE = suite.Case("integers", (((3,), 6), ((2,), 4)), primitives=("add", "neg"))


class Broken(BottomUp):
    """Bottom-up search with one fault."""

    fault: Callable[[Any, Problem, Meter], Iterator[Candidate | None]]

    def search(
        self, problem: Problem, *, meter: Meter, guide: Guide, rng: np.random.Generator
    ) -> Iterator[Candidate | None]:
        stream = super().search(problem, meter=meter, guide=guide, rng=rng)
        return type(self).fault(stream, problem, meter)


def wrong_program(stream: Any, problem: Problem, meter: Meter) -> Any:
    for candidate in stream:
        if candidate is not None:
            program = problem.space.apply("neg", candidate.program)
            candidate = replace(candidate, program=program, cost=problem.space.cost(program))
        yield candidate


def wrong_cost(stream: Any, problem: Problem, meter: Meter) -> Any:
    yield from (c and replace(c, cost=c.cost + 1) for c in stream)


def twice(stream: Any, problem: Problem, meter: Meter) -> Any:
    for candidate in stream:
        yield candidate
        yield candidate


def skips(stream: Any, problem: Problem, meter: Meter) -> Any:
    for candidate in stream:
        if candidate is None or "neg" not in problem.space.format(candidate.program):
            yield candidate


COUNTER = iter(range(10**9))


def moody(stream: Any, problem: Problem, meter: Meter) -> Any:
    for candidate in stream:
        if candidate is None or next(COUNTER) % 7 != 3:
            yield candidate


def overdraws(stream: Any, problem: Problem, meter: Meter) -> Any:
    try:
        yield from stream
    except LimitReached:
        meter.fuel += 10
        raise


def pays_late(stream: Any, problem: Problem, meter: Meter) -> Any:
    Executor(problem.domain).run(
        problem.space.parse("neg(x0)", goal=problem.goal, inputs=problem.input_types),
        problem.inputs,
    )
    yield from stream


def hoards_beyond(stream: Any, problem: Problem, meter: Meter) -> Any:
    meter.held = meter.peak = 10**6
    yield from stream


def silent(stream: Any, problem: Problem, meter: Meter) -> Any:
    yield from (c for c in stream if c is not None)


def swallows(stream: Any, problem: Problem, meter: Meter) -> Any:
    try:
        yield from stream
    except KeyboardInterrupt:
        return


def ignores_limits(stream: Any, problem: Problem, meter: Meter) -> Any:
    try:
        yield from stream
    except LimitReached:
        meter.fuel -= 1
        raise


@pytest.mark.parametrize(
    ("fault", "check", "message"),
    [
        (wrong_program, suite.check_sound, "does not"),
        (wrong_cost, suite.check_sound, "cost"),
        (twice, suite.check_distinct, "twice"),
        (skips, suite.check_complete, "not found"),
        (moody, suite.check_repeatable, "differ"),
        (overdraws, suite.check_fuel, "used"),
        (ignores_limits, suite.check_fuel, "stopped at"),
        (pays_late, suite.check_fuel, "applications for 0 units"),
        (hoards_beyond, suite.check_memory, "held"),
        (silent, suite.check_interruptible, "silent"),
        (swallows, suite.check_interruptible, "swallowed"),
    ],
)
def test_faults_are_found(
    fault: Any, check: Callable[..., None], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = type("BrokenSearcher", (Broken,), {"fault": staticmethod(fault)})
    monkeypatch.setattr(suite, "get_searcher", lambda name: broken)
    with pytest.raises(AssertionError, match=message):
        check("broken", CASE)


def test_brute_force_counts() -> None:
    problem = CASE.problem()
    counts = [len(list(suite.brute_force(problem, size))) for size in (1, 2, 3)]
    # Leaves: x0, 0, 1, 2. Size 2: neg of each. Size 3: neg of neg, and sums of leaves.
    assert counts == [4, 4 + 4, 4 + 4 + 4 + 16]
    terms = list(suite.brute_force(problem, 4))
    assert len(set(terms)) == len(terms)


def test_domains_with_faults_are_found() -> None:
    space = load_space("integers")
    types = {**space.domain.types}
    lossy = replace(types["int"], encode=lambda value: value % 3)
    broken = replace(space.domain, types={**types, "int": lossy})
    with pytest.raises(AssertionError, match="JSON changes"):
        suite.check_values(replace(space, domain=broken))

    def undocumented(left: int, right: int) -> int:
        return left + right

    primitive = replace(space.domain.primitives["add"], function=undocumented)
    broken = replace(space.domain, primitives={**space.domain.primitives, "add": primitive})
    with pytest.raises(AssertionError, match="no docstring"):
        suite.check_documented(replace(space, domain=broken))

    primitive = replace(primitive, function=lambda left, right: "text")
    broken = replace(space.domain, primitives={**space.domain.primitives, "add": primitive})
    with pytest.raises((AssertionError, TypeError)):
        suite.check_meaning(replace(space, domain=broken))
