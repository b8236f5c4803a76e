"""Worker processes: same results as here, and no single item can cost the run."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from nsr.errors import InputError, LimitReached
from nsr.guard import guard, peak_bytes, resident_bytes
from nsr.parallel import Crashed, each


def double(number: int) -> int:
    return 2 * number


def die_on_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def hang_on_three(number: int) -> int:
    if number == 3:
        time.sleep(600)
    return number


def refuse(number: int) -> int:
    raise InputError(f"no {number}")


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_item_once(jobs: int) -> None:
    assert sorted(each(double, range(7), jobs=jobs)) == [(i, 2 * i) for i in range(7)]


def blocks_interruptions(_: int) -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


def test_workers_are_born_deaf_to_interruptions() -> None:
    # While a worker starts it could do no better than to print a traceback.
    assert list(each(blocks_interruptions, [0], jobs=2)) == [(0, True)]
    assert not blocks_interruptions(0)


@pytest.mark.parametrize("jobs", [1, 2])
def test_nothing_to_do(jobs: int) -> None:
    assert list(each(double, [], jobs=jobs)) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_own_errors_pass_through(jobs: int) -> None:
    with pytest.raises(InputError, match="no 5"):
        list(each(refuse, [5], jobs=jobs))


def test_jobs_must_be_positive() -> None:
    with pytest.raises(InputError, match="jobs must be positive, got 0"):
        list(each(double, [1], jobs=0))


def results(function: Any, patience: float | None = None) -> dict[int, Any]:
    return dict(each(function, range(8), jobs=2, patience=patience))


def test_a_worker_that_dies_costs_its_item_only() -> None:
    found = results(die_on_three)
    assert found.pop(3) == Crashed("crash")
    assert found == {i: i for i in range(8) if i != 3}


def test_a_worker_that_hangs_costs_its_item_only() -> None:
    found = results(hang_on_three, patience=10.0)  # starting workers counts, too
    assert found.pop(3) == Crashed("hang")
    assert found == {i: i for i in range(8) if i != 3}


def test_results_may_be_left_half_way(recwarn: pytest.WarningsRecorder) -> None:
    found = each(double, range(50), jobs=2)
    next(found)
    found.close()  # type: ignore[attr-defined]
    assert not [w for w in recwarn if "joblib" in str(w.filename)]


def spin(module: str = "sys") -> None:
    with guard(seconds=0.01):
        importlib.import_module(module)
        while True:
            pass


def grow() -> None:
    blocks = []
    with guard(memory=50 << 20):
        while True:
            blocks.append(bytearray(1 << 20))
            time.sleep(0.002)


def test_guard_ends_a_loop_that_never_looks_at_its_meter() -> None:
    with pytest.raises(LimitReached, match="seconds"):
        spin()


def test_guard_lets_an_import_end_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        "import time\nend = time.monotonic() + 1\nwhile time.monotonic() < end: pass\nwhole = 1"
    )
    (tmp_path / "slow_to_import.py").write_text(source)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(LimitReached, match="seconds"):
        spin("slow_to_import")
    assert sys.modules.pop("slow_to_import").whole


def test_a_quiet_guard_keeps_its_own_limit_to_itself() -> None:
    rounds = 0
    with guard(seconds=0.01, quiet=True):
        while True:
            rounds += 1
    assert rounds
    with pytest.raises(LimitReached, match="fuel"), guard(seconds=100.0, quiet=True):
        raise LimitReached("fuel")


def test_guard_ends_growth() -> None:
    with pytest.raises(LimitReached, match="memory"):
        grow()


def test_guard_leaves_the_timer_as_it_was() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with guard(seconds=100.0, memory=1 << 40):
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_tick_while_a_guard_ends_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGALRM)
    stop = signal.setitimer

    def late(which: int, seconds: float, interval: float = 0.0) -> tuple[float, float]:
        if seconds == 0 and signal.getsignal(signal.SIGALRM) is not before:
            signal.raise_signal(signal.SIGALRM)
        return stop(which, seconds, interval)

    monkeypatch.setattr(signal, "setitimer", late)
    with guard(seconds=1e-9):
        pass
    assert signal.getsignal(signal.SIGALRM) is before


def test_a_guard_inside_another_gives_it_back_its_timer() -> None:
    with guard(seconds=100.0):
        with guard(seconds=50.0):
            pass
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0


def test_memory_is_read_from_the_system() -> None:
    assert 0 < resident_bytes() <= peak_bytes() + (1 << 20)
