"""One task solved from examples: what was answered, and whether it holds on longer inputs.

`VARIANTS` says how parts of the engine are switched off or exchanged, in the run's own process.
"""

from __future__ import annotations

import functools
import importlib
import json
import pkgutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final
from zlib import crc32

import numpy as np

import nsr
import searchers
from benchmarks._learning import cpu_seconds
from benchmarks._runs import Row, Run
from benchmarks.suites import algorithms
from benchmarks.suites.algorithms import Arguments, Pairs
from nsr import deduction, goals
from nsr.budget import MEBIBYTE, Budget, Meter
from nsr.choice import Disagreement
from nsr.errors import InputError, LimitReached, ProgramError
from nsr.search import get_searcher
from nsr.solver import Hypothesis, Solution
from nsr.space import Space, load_space
from nsr.values import Undefined

DOMAIN: Final = "sequences"
CHECK_FUEL: Final = 2_000_000
"""Fuel of a program on one long input, some hundred times what a quadratic one needs."""
UNFINISHED: Final = 5
"""After so many inputs that it does not reach, the other inputs count as not answered."""
NET: Final = 5.0
"""The limit of wall seconds is that of CPU seconds times this; the machine may be shared."""
QUESTIONS: Final = {"2x": 100, "5x": 100, "10x": 200}
"""Fresh inputs of each length."""
DRAWN: Final = 1000
"""Random inputs on which the printed Python function is compared,"""
LONGEST: Final = 20
"""and their largest length."""
PYTHON_STREAM: Final = 1_000_000
"""Stream of their random numbers."""
PYTHON_SECONDS: Final = 120.0
"""Limit of the printed function on all of them together."""
ASK: Final = """
import json, sys
print(json.dumps([f(*inputs) for inputs in json.load(sys.stdin)]))
"""
"""What is run after the printed function."""


# -- variants ------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Variant:
    """An engine with one part switched off or exchanged.

    Args:
        says: what is different.
        space: name of the program space.
        patch: done once, before the search.
    """

    says: str
    space: str = DOMAIN
    patch: Callable[[], None] = lambda: None


def _only_forward() -> None:
    """Goals are never taken apart, nor covered by cases."""
    without = functools.partialmethod(goals.Goals.__init__, inverses=False)
    goals.Goals.__init__ = without  # type: ignore[method-assign, assignment]


def _nothing_deduced() -> None:
    """Functions inside schemes are searched without examples of their own.

    The arguments of these examples still tell functions apart.
    """
    deduced = deduction.functions

    def functions(problem: Any, inner: deduction.Inner, **options: Any) -> Any:
        arguments = [(number, values) for number, values, _ in inner.examples]
        blind = replace(inner, examples=(), probes=[*arguments, *inner.probes])
        return deduced(problem, blind, **options)

    names = [f"searchers.{info.name}" for info in pkgutil.iter_modules(searchers.__path__)]
    modules = [importlib.import_module(name) for name in names]
    users = [module for module in modules if getattr(module, "functions", None) is deduced]
    if not users:
        raise InputError("nothing to switch off: no searcher uses nsr.deduction.functions")
    for module in users:
        module.functions = functions  # type: ignore[attr-defined]


VARIANTS: Final[Mapping[str, Variant]] = MappingProxyType(
    {
        "full": Variant("nothing"),
        "no-inversion": Variant(
            "goals are met by values only: never taken apart, never covered by cases",
            patch=_only_forward,
        ),
        "no-deduction": Variant(
            "functions inside schemes have no examples: the check of the whole program decides",
            patch=_nothing_deduced,
        ),
        "numerals": Variant("primitives for numerals: digits to value and back", space="numerals"),
    }
)
"""Name -> what is different."""


# -- one run -------------------------------------------------------------------------------------
def work(run: Run) -> Row:
    """The row of one task: the answer, its cost, and the checks.

    Args:
        run: `task`, `seed`, `examples`, `noisy` (wrong labels among them), `variant`, and the
            limits `seconds` (of CPU time), `fuel` and `mebibytes`.
    """
    variant = VARIANTS[run["variant"]]
    variant.patch()
    space = load_space(variant.space, DOMAIN)
    for name in space.domain.portfolio:
        get_searcher(name)
    solution, row = solved(run, space)
    best = solution.best
    if best is None:
        return row | abstained(solution)
    row["solution"] = {
        "program": best.text,
        "bits": round(best.cost, 3),
        "sources": best.sources,
        "left_out": best.holds.count(False),
    }
    for name, length in algorithms.TESTS.items():
        pairs = algorithms.questions(run["task"], length, QUESTIONS[name], seed=run["seed"])
        row[f"exact_{name}"] = exact(best, pairs)
    row["right"] = row["exact_10x"] == 1.0
    row["wrong"] = not row["right"]
    return row | python_check(best, random_inputs(run["task"], run["seed"]))


def solved(run: Run, space: Space) -> tuple[Solution, Row]:
    """The solution of a run and what it cost."""
    task = algorithms.task(run["task"], run["examples"], seed=run["seed"], noisy=run["noisy"])
    seconds = run["seconds"]
    budget = Budget(fuel=run["fuel"], seconds=seconds * NET, memory=run["mebibytes"] * MEBIBYTE)
    cpu, wall = cpu_seconds(), time.monotonic()

    def watch(_meter: Meter) -> None:
        if cpu_seconds() - cpu > seconds:
            raise LimitReached("seconds")

    solution = nsr.solve(
        task, space=space, budget=budget, seed=run["seed"], wrong=run["noisy"], progress=watch
    )
    row = {
        "answered": solution.best is not None,
        "right": False,
        "wrong": False,
        "cpu_seconds": round(cpu_seconds() - cpu, 3),
        "wall_seconds": round(time.monotonic() - wall, 3),
        "fuel": solution.spent.fuel,
        "kept_mb": round(solution.spent.memory / MEBIBYTE, 1),
        "stopped_by": solution.stopped_by or "exhausted",
        "hypotheses": len(solution.hypotheses),
    }
    return solution, row


def abstained(solution: Solution) -> Row:
    """Why there is no answer: a limit, the end of the space, or programs that disagree."""
    if solution.disagreement is not None:
        return {"abstained": "disagreement", "disagreement": shown(solution.disagreement)}
    if solution.declined:
        return {"abstained": "declined", "declined": solution.declined}
    return {"abstained": solution.stopped_by or "exhausted"}


def shown(found: Disagreement) -> dict[str, Any]:
    """A disagreement as plain values: the input, and program and answer of each side."""
    answers = [str(a) if isinstance(a, Undefined) else a for a in found.answers]
    return {
        "inputs": found.inputs,
        "answers": dict(zip(found.programs, answers, strict=True)),
    }


def exact(hypothesis: Hypothesis, pairs: Pairs) -> float:
    """Share of inputs on which a program gives the output."""
    hits = unfinished = 0
    budget = Budget(fuel=CHECK_FUEL)
    equal = hypothesis.space.domain.type(hypothesis.program.type).equal
    for inputs, output in pairs:
        value = hypothesis.apply(*inputs, budget=budget)
        hits += equal(value, output)
        unfinished += is_unfinished(value)
        if unfinished >= UNFINISHED:
            break
    return hits / len(pairs)


def is_unfinished(value: Any) -> bool:
    """Whether a value is missing because the fuel ran out."""
    return isinstance(value, Undefined) and value.reason == str(LimitReached("fuel"))


# -- the printed function ------------------------------------------------------------------------
def random_inputs(name: str, seed: int) -> list[Arguments]:
    """Inputs of a task of lengths 1 to `LONGEST`, from a stream of random numbers of their own."""
    algorithm = algorithms.find(name)
    rng = np.random.default_rng([seed, crc32(algorithm.split.encode()), PYTHON_STREAM])
    return [algorithm.draw(rng, int(rng.integers(1, LONGEST + 1))) for _ in range(DRAWN)]


def python_check(hypothesis: Hypothesis, rows: Sequence[Arguments]) -> Row:
    """Whether the printed Python function agrees with nsr wherever nsr has a value.

    The function runs in an interpreter of its own that finds no package at all.
    """
    budget = Budget(fuel=CHECK_FUEL)
    asked: list[Arguments] = []
    wanted: list[Any] = []
    unfinished = 0
    for inputs in rows:
        value = hypothesis.apply(*inputs, budget=budget)
        unfinished += is_unfinished(value)
        if unfinished >= UNFINISHED:
            break
        if not isinstance(value, Undefined):
            asked.append(inputs)
            wanted.append(value)
    try:
        got, fault = run_python(hypothesis.python(), asked), ""
    except (ProgramError, InputError) as error:
        got, fault = [], str(error)
    # As texts, because True == 1 in Python.
    pairs = zip(map(json.dumps, got), map(json.dumps, wanted), strict=False)
    for inputs, (given, right) in zip(asked, pairs, strict=False):
        if given != right:
            fault = fault or f"{json.dumps(inputs)}: Python gives {given}, nsr {right}"
    found: Row = {"python_agrees": not fault and len(got) == len(asked) > 0}
    found["python_compared"] = len(asked)
    return found | ({"python_fault": fault} if fault else {})


def run_python(source: str, rows: Sequence[Arguments]) -> list[Any]:
    """What a printed function `f` gives on these inputs.

    Raises:
        InputError: if it fails or takes too long.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", source + ASK],
            input=json.dumps(rows),
            capture_output=True,
            text=True,
            timeout=PYTHON_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"the function took more than {PYTHON_SECONDS:.0f} s") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise InputError(f"the function failed: {last}")
    found: list[Any] = json.loads(done.stdout)
    return found
