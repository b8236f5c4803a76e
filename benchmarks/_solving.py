"""One task solved from examples: what was answered, and whether it holds on longer inputs."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np

import nsr
from benchmarks._learning import cpu_seconds
from benchmarks._runs import Row, Run
from benchmarks._variants import VARIANTS
from benchmarks.suites import algorithms
from benchmarks.suites.algorithms import Arguments, Pairs
from nsr.budget import MEBIBYTE, Budget, Meter
from nsr.choice import Disagreement
from nsr.errors import InputError, LimitReached, ProgramError
from nsr.library import Library
from nsr.program import size
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


# -- one run -------------------------------------------------------------------------------------
def work(run: Run) -> Row:
    """The row of one task: the answer, its cost, and the checks.

    Args:
        run: `task`, `seed`, `examples`, `noisy` (wrong labels among them), `variant`, the limits
            `seconds` (of CPU time), `fuel` and `mebibytes`; perhaps `library`, lines of text.
    """
    variant = VARIANTS[run["variant"]]
    variant.patch()
    space = load_space(DOMAIN, knowledge=variant.knowledge).without(variant.hidden)
    if "library" in run:
        space = read_library(run["library"], space).space
    for name in space.domain.portfolio:
        get_searcher(name)
    solution, row = solved(run, space)
    if "library" in run:
        row["library"] = len(run["library"])
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
    if solution.unsure:
        return {"abstained": "unsure", "doubted": solution.doubted}
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


# -- libraries -----------------------------------------------------------------------------------
def read_library(lines: Sequence[str], space: Space) -> Library:
    """The functions of a library from its text.

    Raises:
        InputError: if a line cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.txt"
        path.write_text("\n".join(lines), encoding="utf-8")
        return Library.load(path, space)


def library_of(tasks: Sequence[str], limits: Run) -> dict[str, str]:
    """Task -> line of a library, for those that are answered from 100 examples of seed 0.

    No task makes use of the others, so the line of one can be left out. Nothing is checked: a
    wrong answer becomes a function, too. A program of one word needs no function.
    """
    space = load_space(DOMAIN)
    library = Library(space)
    lines: dict[str, str] = {}
    for number, task in enumerate(tasks, 1):
        posed = {**limits, "task": task, "examples": algorithms.EXAMPLES, "noisy": 0, "seed": 0}
        best = solved(posed, space)[0].best
        if best is not None and size(best.program) > 1:
            library.add(task, best.program, best.input_types)
            lines[task] = str(library).splitlines()[-1]
        found = len(lines)
        print(f"library: {number}/{len(tasks)} tasks, {found} functions", file=sys.stderr)
    return lines


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
