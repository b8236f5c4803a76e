"""How fast the searchers are on one core, and whether the bank keeps to its memory cap.

The space is the list domain restricted to 26 first-order operators, with 4 examples of 6 integers
and outputs that no program gives, so nothing ends early. All figures are per CPU second, with
metering on, and count what a user of the searchers gets:

- an operator application is one operator on all 4 examples;
- a distinct value is a column that no cheaper program had;
- an enumerated program is a complete term; an evaluated one has been run on all 4 examples.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.records import save
from nsr.budget import MEBIBYTE, Budget
from nsr.errors import LimitReached
from nsr.search import Problem, Uniform
from nsr.search.bank import Bank
from nsr.space import load_space
from nsr.task import Example
from searchers.top_down import TopDown, enumerate_terms

NAME = "throughput"
DESCRIPTION = "speed of bottom-up and top-down search, memory cap of the bank"

OPERATORS = (
    *("head", "last", "index", "len"),
    *("add", "sub", "mul", "div", "mod", "min", "max", "if", "lt", "eq"),
    *("tail", "init", "take", "drop", "cons", "snoc", "concat", "repeat", "range"),
    *("reverse", "stride", "if_ints"),
)
EXAMPLES = 4
LENGTH = 6
BARS = {
    "bottom_up_applications": 300_000,
    "bottom_up_distinct": 100_000,
    "top_down_enumerated": 30_000,
    "top_down_evaluated": 15_000,
}
"""What is asked for, per CPU second."""

CAPS = (64, 160, 256)
"""Memory caps in MB; the process may grow by at most a tenth more."""


def run(arguments: Sequence[str]) -> None:
    """Measure, print and write a record."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks run {NAME}")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--fuel", type=int, default=8_000_000, help="of each bottom-up run")
    parser.add_argument("--programs", type=int, default=300_000, help="of each enumeration")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    started, started_cpu = time.monotonic(), time.process_time()
    rates = measure(options.repeats, options.fuel, options.programs, options.seed)
    growth = {cap: memory_growth(cap, options.seed) for cap in CAPS}
    record = {
        "settings": {**vars(options), "operators": OPERATORS, "examples": EXAMPLES},
        "summary": {
            "rates": {name: round(statistics.median(found)) for name, found in rates.items()},
            "bars": BARS,
            "memory_growth_over_cap": growth,
        },
        "runs": {name: [round(rate) for rate in found] for name, found in rates.items()},
        "seconds": time.monotonic() - started,
        "cpu_seconds": time.process_time() - started_cpu,
    }
    for name, found in rates.items():
        rate = statistics.median(found)
        verdict = "ok" if rate >= BARS[name] else "below"
        print(f"{name:24} {rate:10,.0f} /s   asked: {BARS[name]:8,}   {verdict}")
    for cap, share in growth.items():
        verdict = "ok" if share <= 1.1 else "above"
        print(f"memory cap {cap:4} MB       grew to {share:6.1%}   asked: <= 110%   {verdict}")
    print(f"record in {save(NAME, record)}")


def problem(seed: int = 1) -> Problem:
    """The problem that nothing solves."""
    rng = np.random.default_rng(seed)
    examples = tuple(
        Example((tuple(rng.integers(0, 10, LENGTH).tolist()),), (-1,) * (2 * LENGTH))
        for _ in range(EXAMPLES)
    )
    space = load_space("sequences").restrict(OPERATORS)
    return Problem(space, "ints", ("ints",), examples)


def measure(repeats: int, fuel: int, programs: int, seed: int = 1) -> dict[str, list[float]]:
    """Rates per CPU second of every run."""
    task = problem(seed)
    rates: dict[str, list[float]] = {name: [] for name in BARS}
    for _ in range(repeats):
        applications, distinct, seconds = _timed(lambda: bottom_up(task, fuel))
        rates["bottom_up_applications"].append(applications / seconds)
        rates["bottom_up_distinct"].append(distinct / seconds)
        count, _, seconds = _timed(lambda: top_down(task, programs))
        rates["top_down_enumerated"].append(count / seconds)
        count, _, seconds = _timed(lambda: evaluated(task, programs))
        rates["top_down_evaluated"].append(count / seconds)
    return rates


def bottom_up(task: Problem, fuel: int) -> tuple[int, int]:
    """Applications made and distinct values found by a bank with this much fuel."""
    meter = Budget(fuel=fuel).meter()
    distinct = 0
    try:
        for entry in Bank(task, meter=meter).grow():
            distinct += entry is not None
    except LimitReached:
        pass
    return meter.fuel // EXAMPLES, distinct


def top_down(task: Problem, programs: int) -> tuple[int, int]:
    """Programs enumerated, best first."""
    count = sum(1 for _ in itertools.islice(enumerate_terms(task), programs))
    return count, count


def evaluated(task: Problem, programs: int) -> tuple[int, int]:
    """Programs enumerated and run on all examples."""
    meter = Budget(fuel=programs * EXAMPLES).meter()
    stream = TopDown().search(task, meter=meter, guide=Uniform(), rng=np.random.default_rng(0))
    try:
        for _ in stream:
            pass
    except LimitReached:
        pass
    return meter.fuel // EXAMPLES, 0


def _timed(work: Callable[[], tuple[int, int]]) -> tuple[int, int, float]:
    gc.collect()
    start = time.process_time()
    first, second = work()
    return first, second, time.process_time() - start


def memory_growth(cap: int, seed: int = 1) -> float:
    """Growth of a fresh process until the bank stops at its cap of MB, as a share of the cap."""
    command = [sys.executable, "-m", "benchmarks.throughput", str(cap), str(seed)]
    root = Path(__file__).parent.parent
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    growth: dict[str, Any] = json.loads(found.stdout)
    assert growth["stopped_by"] == "memory"
    return round(int(growth["bytes"]) / (cap * MEBIBYTE), 3)


def _grow(cap: int, seed: int) -> None:
    """Fill a bank up to its cap and print how much the process grew at its peak."""
    task = problem(seed)
    meter = Budget(memory=cap * MEBIBYTE).meter()
    bank = Bank(task, meter=meter)
    before = _status("VmRSS")
    try:
        for _ in bank.grow():
            pass
    except LimitReached:
        pass
    peak = max(_status("VmHWM"), _status("VmRSS"))
    print(json.dumps({"bytes": peak - before, "stopped_by": meter.stopped_by}))


def _status(field: str) -> int:
    """A figure of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise OSError(f"no {field} in /proc/self/status")


if __name__ == "__main__":
    _grow(int(sys.argv[1]), int(sys.argv[2]))
