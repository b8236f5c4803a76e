"""The neural parser against the symbolic one it learnt from: accuracy and speed.

The machine learns a language; the neural parser learns from trees that the machine itself derives
on training pairs and whose value is right; both parse the whole test.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np

from benchmarks._learning import cpu_seconds, fit, share
from benchmarks._runs import Plan, Row, Run, measure
from benchmarks.suites import Pair, get_suite
from nsr.parsing.compiled import Parser
from nsr.parsing.reading import Reader
from nsr.parsing.transition import TransitionParser
from nsr.values import Undefined

NAME = "parsers"
DESCRIPTION = "symbolic and neural parser: accuracy and speed on SCAN, PCFG SET and HINT symbols"

DOMAINS: Final = {"scan": "sequences", "pcfg": "sequences", "hint": "integers"}
SPLITS: Final = {
    "scan": ("simple", "length", "addprim_jump", "template_around_right"),
    "pcfg": ("iid", "systematicity", "productivity"),
    "hint": ("symbols",),
}
QUICK: Final = ("length", "symbols")
PAIRS: Final = 5000
"""Training pairs drawn at random; of their trees the parser looks at `MOST`."""

MOST: Final = 1000

BEAM: Final = 4
SHORT: Final = 9
"""Tokens of the longest tree for the second neural parser."""


def run(arguments: Sequence[str]) -> None:
    """Measure and write a record."""
    measure(NAME, arguments, plan, seeds="0,1,2")


def plan(options: argparse.Namespace) -> Plan:
    """All runs that the options ask for."""
    asked = options.split or (QUICK if options.quick else None)
    seeds = options.seeds[:1] if options.quick else options.seeds
    runs: list[Run] = [
        {"suite": suite, "split": split, "seed": seed, "seconds": options.seconds}
        for suite, splits in SPLITS.items()
        for split in splits
        for seed in seeds
        if asked is None or split in asked
    ]
    return Plan(
        NAME,
        __name__,
        runs,
        settings={"seeds": seeds, "pairs": PAIRS, "most": MOST, "beam": BEAM, "short": SHORT},
        summary=summary,
        notes={
            "metric": "exact: share of all test pairs whose value is right; same_tree: share of "
            "test inputs parsed as the symbolic parser does",
            "cpu_seconds": "of parsing the whole test alone, states not seen before judged anew",
        },
    )


def work(run: Run) -> Row:
    """One machine, and neural parsers that learn from it."""
    data = get_suite(run["suite"]).load(run["split"], seed=run["seed"])
    domain = DOMAINS[run["suite"]]
    machine, row = fit(data, domain=domain, seed=run["seed"], seconds=run["seconds"])
    reader = machine._reader
    assert isinstance(reader, Reader)
    test = [pair for pairs in data.tests.values() for pair in pairs]
    row["n"] = len(test)
    row["symbolic"] = judge(reader, reader.parser, test, None)
    pairs = list(dict.fromkeys(data.train))
    order = np.random.default_rng(run["seed"]).permutation(len(pairs))[:PAIRS]
    trees = right_trees(reader, [pairs[i] for i in order])
    short = [tree for tree in trees if len(tree[0]) <= SHORT]
    symbolic = reader.parser
    for name, some, beam in (
        ("neural", trees, 1),
        ("neural_beam", trees, BEAM),
        ("neural_short", short, 1),
    ):
        if not some:
            continue
        cpu = cpu_seconds()
        parser = TransitionParser(reader.roles, beam=beam, seed=run["seed"])
        parser.fit(some, most=MOST)
        spent = round(cpu_seconds() - cpu, 3)
        found = judge(reader, parser, test, symbolic)
        row[name] = {"trees": len(some), "fit_cpu_seconds": spent, **found}
    return row


def right_trees(reader: Reader, pairs: Sequence[Pair]) -> list[tuple[list[int], Any]]:
    """Numbers and steps of the pairs whose value comes out right."""
    found = []
    for x, y in pairs:
        numbers = reader.numbers(x)
        if not isinstance(numbers, Undefined) and reader.value(x) == y:
            found.append((numbers, reader.parser(numbers)))
    return found


def judge(reader: Reader, parser: Parser, test: Sequence[Pair], other: Parser | None) -> Row:
    """Exact match with a parser, and how often it parses as another one does."""
    before = reader.parser
    numbers = [reader.numbers(x) for x, _ in test]
    known = [n for n in numbers if not isinstance(n, Undefined)]
    cpu = cpu_seconds()
    trees = [parser(n) for n in known]
    spent = round(cpu_seconds() - cpu, 3)
    reader.parser = parser
    exact = sum(reader.value(x) == y for x, y in test)
    reader.parser = before
    row: Row = {"exact": share(exact, len(test)), "cpu_seconds": spent}
    if other is not None:
        same = sum(tree == other(n) for tree, n in zip(trees, known, strict=True))
        row["same_tree"] = share(same, len(known))
    return row


def summary(rows: list[Row]) -> dict[str, Any]:
    """For each split the mean and the least accuracy of each parser, and its speed."""
    found: dict[str, Any] = {}
    for row in rows:
        found.setdefault(f"{row['suite']} {row['split']}", []).append(row)
    return {name: _figures(group) for name, group in found.items()}


def _figures(rows: list[Row]) -> dict[str, Any]:
    names = [n for n in ("symbolic", "neural", "neural_beam", "neural_short") if n in rows[0]]
    return {"runs": {"count": len(rows), "n": rows[0]["n"]}} | {
        name: {
            "exact_mean": _of(rows, name, "exact", statistics.fmean),
            "exact_min": _of(rows, name, "exact", min),
            "cpu_seconds": _of(rows, name, "cpu_seconds", statistics.fmean),
        }
        for name in names
    }


def _of(rows: list[Row], name: str, figure: str, combine: Callable[[list[float]], float]) -> float:
    return round(combine([row[name][figure] for row in rows]), 6)
