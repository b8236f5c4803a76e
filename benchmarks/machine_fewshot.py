"""A new concept from about a thousand examples: handwritten arithmetic given as symbols.

The machine learns from the training set of the plain language together with the examples of one
new concept (with `--alone` from these examples only), and is tested on new examples of the concept
and on the tests of the plain language.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from benchmarks._learning import GIVEN_NUMBERS, examine, fit, grouped, lexicon
from benchmarks._runs import Plan, Row, Run, measure
from benchmarks.suites import RANDOM
from benchmarks.suites.hint import CONCEPTS, FEWSHOT, SUITE

NAME = "machine-fewshot"
DESCRIPTION = "the machine on HINT-style arithmetic: a new concept from a thousand examples"

PLAIN = "symbols"
QUICK_PLAIN = f"{RANDOM}5000"
QUICK = ("x", "a", "c")


def run(arguments: Sequence[str]) -> None:
    """Measure and write a record."""
    measure(NAME, arguments, plan, seeds="0,1,2", more=_options)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--alone", action="store_true", help="without the plain training set")


def plan(options: argparse.Namespace) -> Plan:
    """All runs that the options ask for."""
    concepts = QUICK if options.quick else CONCEPTS
    splits = options.split or [FEWSHOT + c for c in concepts]
    seeds = options.seeds[:1] if options.quick else options.seeds
    plain = None if options.alone else QUICK_PLAIN if options.quick else PLAIN
    runs = [
        {"split": s, "plain": plain, "seed": k, "seconds": options.seconds}
        for s in splits
        for k in seeds
    ]
    return Plan(
        NAME,
        __name__,
        runs,
        settings={"seeds": seeds, "splits": list(splits), "plain": plain},
        summary=summary,
        notes={"given": GIVEN_NUMBERS, "metric": SUITE.metric, "source": SUITE.source},
        warm={**runs[0], "plain": plain and QUICK_PLAIN},
    )


def work(run: Run) -> Row:
    """One fit, tested on the concept's subsets and on the plain language."""
    data = SUITE.load(run["split"], seed=run["seed"])
    plain = SUITE.load(run["plain"] or PLAIN, seed=run["seed"])
    if run["plain"]:
        data = replace(data, train=[*plain.train, *data.train])
    machine, row = fit(data, domain="integers", seed=run["seed"], seconds=run["seconds"])
    row |= examine(machine, data.tests) | {"lexicon": lexicon(machine)}
    found = examine(machine, plain.tests)
    return row | {"plain_exact": found["exact"]}


def summary(rows: list[Row]) -> dict[str, Any]:
    """Figures of each concept, of all, and what became of the plain language."""
    splits = grouped(rows, "split")
    return {
        "splits": splits,
        "mean": round(sum(part["mean_of_tests"] for part in splits.values()) / len(splits), 6),
        "plain_exact_min": min(row["plain_exact"] for row in rows),
    }
