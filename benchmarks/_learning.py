"""What the benchmarks of the machine share: one fit, its tests, its row."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

import nsr
from benchmarks._runs import Row
from benchmarks.suites import Data, Pair
from nsr.values import Undefined

CHECKED: Final = 20_000
"""At most so many training pairs are asked for again, drawn at random."""

SHOWN: Final = 3
LONGEST: Final = 200
"""Wrong answers in a row, and the letters shown of each text."""

GIVEN_SYNTAX: Final = (
    "ten slot patterns (prefix, postfix, infix, reverse Polish, brackets, parted arguments, "
    "juxtaposition); at most two arguments",
    "projective trees; operator precedence: one binding level and direction for each word",
)
GIVEN_PHRASES: Final = (
    *GIVEN_SYNTAX,
    "an output token has a source word, which takes no arguments",
    "programs: concatenations of arguments, or of what reverse, first, last, rest, initial make "
    "of them (grammars/phrases.lark)",
)
GIVEN_NUMBERS: Final = (
    *GIVEN_SYNTAX,
    "programs from zero, successor, truncating predecessor, primitive recursion and counting the "
    "steps of a descending function (grammars/peano.lark)",
    "natural numbers as outputs; one-word inputs and single applications occur in training",
)
GIVEN_PICTURES: Final = (
    *GIVEN_NUMBERS,
    "inputs are cut into pictures of one symbol each",
    "the architecture of a convolutional network, and how its pictures are distorted in training",
)


def fit(data: Data, *, domain: str, seed: int, **options: Any) -> tuple[nsr.Machine, Row]:
    """A machine that has learnt from the training pairs, and what that cost.

    CPU seconds are those of the fit alone, all threads and child processes included.
    """
    machine = nsr.Machine(domain=domain, seed=seed, **options)
    cpu, wall = cpu_seconds(), time.monotonic()
    machine.fit(data.train)
    spent = {
        "cpu_seconds": round(cpu_seconds() - cpu, 3),
        "wall_seconds": round(time.monotonic() - wall, 3),
    }
    rng = np.random.default_rng(0)
    distinct = list(dict.fromkeys(data.train))
    asked = [distinct[i] for i in rng.permutation(len(distinct))[:CHECKED]]
    assert machine.lexicon_ is not None
    row = {
        "origin": data.origin,
        "train_lines": len(data.train),
        "train": len(distinct),
        "train_exact": share(hits(machine, asked), len(asked)),
        "claimed_exact": round(machine.exact_, 6),
        **spent,
        "entries": sum(entry.arity > 0 for entry in machine.lexicon_.entries.values()),
    }
    return machine, row


def examine(machine: nsr.Machine, tests: Mapping[str, Sequence[Pair]]) -> Row:
    """Exact match on every test set and on all of them together, with some wrong answers."""
    cpu = cpu_seconds()
    found: dict[str, dict[str, Any]] = {}
    wrong: list[list[str]] = []
    n, right, unanswered = 0, 0, 0
    for name, pairs in tests.items():
        answers = machine.predict([x for x, _ in pairs])
        good = 0
        for (x, y), answer in zip(pairs, answers, strict=True):
            good += answer == y
            unanswered += isinstance(answer, Undefined)
            if answer != y and len(wrong) < SHOWN:
                shown = " ".join(x), machine.show(y), machine.show(answer)
                wrong.append(
                    [text if len(text) <= LONGEST else text[:LONGEST] + "..." for text in shown]
                )
        found[name] = {"n": len(pairs), "right": good, "exact": share(good, len(pairs))}
        n, right = n + len(pairs), right + good
    return {
        "n": n,
        "exact": share(right, n),
        **({"tests": found} if len(found) > 1 else {}),
        "unanswered": unanswered,
        "test_cpu_seconds": round(cpu_seconds() - cpu, 3),
        **({"wrong": wrong} if wrong else {}),
    }


def lexicon(machine: nsr.Machine) -> dict[str, str]:
    """Pattern with its word -> program, for every entry with arguments."""
    assert machine.lexicon_ is not None
    entries = machine.lexicon_.entries.items()
    return {entry.shape: machine.program(word) for word, entry in entries if entry.arity}


def hits(machine: nsr.Machine, pairs: Sequence[Pair]) -> int:
    """How many pairs come out right."""
    answers = machine.predict([x for x, _ in pairs])
    return sum(answer == y for answer, (_, y) in zip(answers, pairs, strict=True))


def share(part: int, whole: int) -> float:
    """Part of the whole; 1 only if all, 0 only if none."""
    if not whole:
        return 0.0
    rounded = round(part / whole, 6)
    return rounded if part in (0, whole) else min(max(rounded, 1e-6), 1 - 1e-6)


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children that have ended."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system


def figures(rows: Sequence[Row]) -> dict[str, Any]:
    """Accuracy and cost over several runs of the same kind."""
    exact = [row["exact"] for row in rows]
    cpu = [row["cpu_seconds"] for row in rows]
    names = rows[0].get("tests", {})
    parts = {
        name: round(statistics.fmean(row["tests"][name]["exact"] for row in rows), 6)
        for name in names
    }
    least = {name: min(row["tests"][name]["exact"] for row in rows) for name in names}
    return {
        "runs": len(rows),
        "perfect": sum(e == 1.0 for e in exact),
        "exact_mean": round(statistics.fmean(exact), 6),
        "exact_min": min(exact),
        **({"tests_mean": parts, "tests_min": least} if parts else {}),
        **({"mean_of_tests": round(statistics.fmean(parts.values()), 6)} if parts else {}),
        "train_exact_min": min(row["train_exact"] for row in rows),
        "cpu_seconds_mean": round(statistics.fmean(cpu), 3),
        "cpu_seconds_max": max(cpu),
    }


def grouped(rows: Sequence[Row], *keys: str) -> dict[str, Any]:
    """The figures of the rows that agree on these keys, in the order of the rows."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(" ".join(f"{row[key]}" for key in keys), []).append(row)
    return {name: figures(group) for name, group in groups.items()}


def knows(rows: Sequence[Row]) -> dict[str, Any]:
    """Whether exactness on the training pairs told the machine what the test found.

    `equal`: both are the same number; `told`: both are 1 or neither is. The runs for which that is
    not so are listed.
    """
    equal = [row["train_exact"] == row["exact"] for row in rows]
    told = [(row["train_exact"] == 1.0) == (row["exact"] == 1.0) for row in rows]
    return {
        "runs": len(rows),
        "equal": sum(equal),
        "told": sum(told),
        "not_equal": _named(row for row, ok in zip(rows, equal, strict=True) if not ok),
        "not_told": _named(row for row, ok in zip(rows, told, strict=True) if not ok),
    }


def _named(rows: Iterable[Row]) -> list[Row]:
    return [{key: row[key] for key in ("split", "seed", "train_exact", "exact")} for row in rows]
