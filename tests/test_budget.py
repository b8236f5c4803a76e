"""Meters stop exactly at their limits, alone and with children."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nsr.budget import Budget, Meter
from nsr.errors import InputError, LimitReached


@pytest.mark.parametrize("name", ["fuel", "seconds", "memory"])
@pytest.mark.parametrize("limit", [0, -1])
def test_limits_must_be_positive(name: str, limit: int) -> None:
    with pytest.raises(InputError, match=name):
        Budget(**{name: limit})


@given(st.lists(st.integers(1, 50), min_size=1), st.integers(1, 200))
def test_fuel_is_exact(units: list[int], limit: int) -> None:
    meter = Budget(fuel=limit).meter()
    spent = 0
    for unit in units:
        if spent + unit > limit:
            with pytest.raises(LimitReached, match="fuel"):
                meter.spend(unit)
            assert meter.fuel == limit
            assert meter.stopped_by == "fuel"
            return
        meter.spend(unit)
        spent += unit
        assert meter.fuel == spent
        assert meter.fuel_left == limit - spent


def test_without_limits_nothing_stops() -> None:
    meter = Budget().meter()
    meter.spend(10**9)
    meter.hold(10**12)
    assert meter.fuel_left is None
    assert meter.seconds_left is None
    assert meter.stopped_by is None


def test_memory_is_held_and_given_back() -> None:
    meter = Budget(memory=100).meter()
    meter.hold(90)
    meter.hold(-50)
    meter.hold(60)
    assert (meter.held, meter.peak) == (100, 100)
    with pytest.raises(LimitReached, match="memory"):
        meter.hold(1)
    assert meter.spent.memory == 101


def test_what_a_child_gives_back_was_told_to_its_parent() -> None:
    parent = Budget(memory=100).meter()
    child = parent.share(memory=10)
    with pytest.raises(LimitReached, match="memory"):
        child.hold(50)
    child.hold(-child.held)
    assert (child.held, parent.held, parent.stopped_by) == (0, 0, None)


def test_the_limit_of_memory_holds_below_the_peak_too() -> None:
    meter = Budget(memory=100).meter()
    with pytest.raises(LimitReached, match="memory"):
        meter.hold(150)
    meter.hold(-100)
    with pytest.raises(LimitReached, match="memory"):
        meter.hold(90)


def test_whole_numbers_may_be_floats() -> None:
    assert Budget(fuel=1e4) == Budget(fuel=10_000)  # type: ignore[arg-type]
    for fuel in (1.5, "3", True, float("nan")):
        with pytest.raises(InputError, match="budget fuel"):
            Budget(fuel=fuel)  # type: ignore[arg-type]


def test_clock_is_looked_at() -> None:
    meter = Budget(seconds=1e-9).meter()
    with pytest.raises(LimitReached, match="seconds"):
        meter.spend(1000)
    assert meter.stopped_by == "seconds"


def test_a_child_that_is_done_leaves_its_parent_running() -> None:
    parent = Budget(fuel=100, memory=100).meter()
    child = parent.share(fuel=10, memory=10)
    with pytest.raises(LimitReached, match="fuel"):
        child.spend(11)
    with pytest.raises(LimitReached, match="memory"):
        child.hold(11)
    assert parent.stopped_by is None
    parent.spend(10)


def test_a_parent_that_is_done_stops_its_child() -> None:
    parent = Budget(fuel=100).meter()
    child = parent.share(fuel=1000).share()
    assert child.fuel_left == 100
    with pytest.raises(LimitReached, match="fuel"):
        child.spend(101)
    assert parent.stopped_by == child.stopped_by == "fuel"
    assert parent.fuel == 100


def test_a_meter_ends_a_body_by_its_own_limits_only() -> None:
    meter = Budget(fuel=3).meter()
    with meter.ending():
        meter.spend(4)
        pytest.fail("the limit did not end the body")
    fresh = Budget(fuel=3).meter()
    with pytest.raises(LimitReached, match="seconds"), fresh.ending():
        raise LimitReached("seconds")  # as a guard around the body does


def test_children_spend_from_one_purse() -> None:
    parent = Budget(fuel=100).meter()
    for child in (parent.share(), parent.share()):
        child.spend(30)
        child.hold(5)
    assert parent.fuel == 60
    assert parent.held == 10


def test_spent_reports_what_was_used() -> None:
    meter = Meter(Budget())
    meter.spend(3)
    spent = meter.spent
    assert spent.fuel == 3
    assert spent.seconds >= 0
    assert spent.cpu_seconds >= 0
