"""Recursive programs: list algorithms from short examples, judged at 10 times the length.

One run is one task with one number of examples, seed and variant of the engine. A program is
right if it gives the output on all 200 fresh inputs of 10 times the length, and wrong if it is
returned and does not; no answer is neither. CPU seconds are those of the search alone.
"""

from __future__ import annotations

import argparse
import collections
import statistics
from collections.abc import Sequence
from typing import Any, Final

from benchmarks import _solving
from benchmarks._runs import Plan, Row, Run, measure, numbers
from benchmarks.suites.algorithms import EXAMPLES, FAMILIES, SUITE, find
from nsr.errors import InputError, UnknownNameError
from nsr.space import load_space

NAME = "algorithms"
DESCRIPTION = "list algorithms from short examples, exact at 10 times the length?"

SECONDS: Final = 60.0
FUEL: Final = 60_000_000
MEBIBYTES: Final = 1024
QUICK: Final = ("copy", "count", "running_maximum")
WARM: Final[Run] = {
    "task": "copy",
    "examples": 10,
    "noisy": 0,
    "seed": 0,
    "variant": "full",
    "seconds": SECONDS,
    "fuel": 100_000,
    "mebibytes": MEBIBYTES,
}

work = _solving.work


def run(arguments: Sequence[str]) -> None:
    """Measure and write a record."""
    measure(NAME, arguments, plan, seeds="0,1,2,3,4", more=_options)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(seconds=SECONDS)
    add = parser.add_argument
    add("--family", action="append", help=f"{', '.join(FAMILIES)}; default: classic; repeatable")
    add("--examples", type=numbers, default=[EXAMPLES], help=f"e.g. 100,20; default: {EXAMPLES}")
    add("--noisy", type=int, default=0, help="so many examples get a wrong label")
    add("--variant", action="append", help=f"{', '.join(_solving.VARIANTS)}; repeatable")
    add("--fuel", type=int, default=FUEL, help=f"limit of each search; default: {FUEL}")
    add("--mebibytes", type=int, default=MEBIBYTES, help=f"of kept values; default: {MEBIBYTES}")


def plan(options: argparse.Namespace) -> Plan:
    """Every task with every number of examples, variant and seed.

    Raises:
        UnknownNameError: if there is no such family, task or variant.
        InputError: if a number cannot be used.
        GrammarError: if the program space of a variant is missing.
    """
    tasks = tasks_of(options)
    variants = options.variant or ["full"]
    for variant in variants:
        if variant not in _solving.VARIANTS:
            raise UnknownNameError("variant", variant, list(_solving.VARIANTS))
        load_space(_solving.VARIANTS[variant].space, _solving.DOMAIN)
    if not 0 <= options.noisy < min(options.examples):
        raise InputError(
            f"expected more examples than wrong labels, got {options.examples}, {options.noisy}"
        )
    for name in ("seconds", "fuel", "mebibytes"):
        if not getattr(options, name) > 0:
            raise InputError(f"--{name}: expected more than 0, got {getattr(options, name)}")
    seeds = options.seeds[:1] if options.quick else options.seeds
    runs: list[Run] = [
        {
            "family": find(task).family,
            "task": task,
            "examples": number,
            "noisy": options.noisy,
            "variant": variant,
            "seed": seed,
            "seconds": options.seconds,
            "fuel": options.fuel,
            "mebibytes": options.mebibytes,
        }
        for variant in dict.fromkeys(variants)
        for number in dict.fromkeys(options.examples)
        for task in tasks
        for seed in seeds
    ]
    return Plan(
        NAME,
        __name__,
        runs,
        settings={
            "seeds": seeds,
            "tasks": len(tasks),
            "examples": options.examples,
            "noisy": options.noisy,
            "variants": variants,
            "fuel": options.fuel,
            "mebibytes": options.mebibytes,
        },
        summary=lambda rows: summary(rows, seeds),
        notes={
            "variants": {name: _solving.VARIANTS[name].says for name in variants},
            "metric": SUITE.metric,
            "source": SUITE.source,
        },
        warm=WARM,
    )


def tasks_of(options: argparse.Namespace) -> list[str]:
    """Names of the tasks asked for: those of the families, or some of them, or single ones.

    Raises:
        UnknownNameError: if there is no such family, or no such task in the families.
    """
    for family in options.family or ():
        if family not in FAMILIES:
            raise UnknownNameError("family", family, list(FAMILIES))
    families = options.family or (FAMILIES if options.split else ["classic"])
    every = [a.name for family in dict.fromkeys(families) for a in FAMILIES[family]]
    if options.split:
        wanted = [find(task).name for task in options.split]
        for name in wanted:
            if name not in every:
                raise UnknownNameError(f"task of {', '.join(families)}", name, every)
        return list(dict.fromkeys(wanted))
    if options.quick:
        return [name for name in QUICK if name in every] or every[: len(QUICK)]
    return every


# -- the record ----------------------------------------------------------------------------------
def summary(rows: list[Row], seeds: Sequence[int]) -> dict[str, Any]:
    """Counts and costs of each family, number of examples and variant, then of each task."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(label(row), []).append(row)
    return {
        "totals": {name: totals(group, seeds) for name, group in groups.items()},
        "tasks": {name: by_task(group) for name, group in groups.items()},
    }


def label(row: Row) -> str:
    """The name of a row's group."""
    noisy = f", {row['noisy']} wrong" if row["noisy"] else ""
    return f"{row['family']}, {row['examples']} examples{noisy}, {row['variant']}"


def totals(rows: Sequence[Row], seeds: Sequence[int]) -> dict[str, Any]:
    """Figures of one group; lists have one number for each seed."""
    counts = {
        name: [sum(kind(row) == name for row in rows if row["seed"] == seed) for seed in seeds]
        for name in ("right", "wrong", "abstained")
    }
    rights = collections.Counter(row["task"] for row in rows if row["right"])
    cpu = [row["cpu_seconds"] for row in rows]
    answers = [row for row in rows if row["answered"]]
    return {
        "tasks": len({row["task"] for row in rows}),
        "runs": len(rows),
        **counts,
        "right_in_all_seeds": sum(number == len(seeds) for number in rights.values()),
        "cpu_seconds": round(sum(cpu), 2),
        "cpu_median": round(statistics.median(cpu), 3),
        "cpu_max": max(cpu),
        "fuel": sum(row["fuel"] for row in rows),
        "fuel_median": round(statistics.median(row["fuel"] for row in rows)),
        "python_agrees": f"{sum(row['python_agrees'] for row in answers)}/{len(answers)}",
        "abstained_by": reasons(rows),
    }


def by_task(rows: Sequence[Row]) -> dict[str, dict[str, Any]]:
    """Figures of each task over the seeds."""
    tasks: dict[str, list[Row]] = {}
    for row in rows:
        tasks.setdefault(row["task"], []).append(row)
    return {
        name: {
            **{what: sum(kind(row) == what for row in group) for what in ("right", "wrong")},
            "abstained": reasons(group) or 0,
            "cpu_median": round(statistics.median(row["cpu_seconds"] for row in group), 3),
            "cpu_max": max(row["cpu_seconds"] for row in group),
            "fuel_median": round(statistics.median(row["fuel"] for row in group)),
        }
        for name, group in tasks.items()
    }


def kind(row: Row) -> str:
    """`right`, `wrong` or `abstained`."""
    return "right" if row["right"] else "wrong" if row["wrong"] else "abstained"


def reasons(rows: Sequence[Row]) -> str:
    """Why there was no answer and how often, as text."""
    counts = collections.Counter(row["abstained"] for row in rows if not row["answered"])
    return ", ".join(f"{reason} {number}" for reason, number in counts.most_common())
