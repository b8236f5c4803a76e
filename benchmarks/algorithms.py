"""Recursive programs: list algorithms from short examples, judged at 10 times the length.

One run is one task with one number of examples, seed and variant of the engine. A program is
right if it gives the output on all 200 fresh inputs of 10 times the length, and wrong if it is
returned and does not; no answer is neither. CPU seconds are those of the search alone.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import statistics
from collections.abc import Sequence
from typing import Any, Final

from benchmarks._runs import Plan, Row, Run, measure, numbers
from benchmarks._solving import library_of
from benchmarks._solving import work as work
from benchmarks._variants import VARIANTS
from benchmarks.suites.algorithms import EXAMPLES, FAMILIES, SUITE, find
from nsr.errors import InputError, UnknownNameError

NAME = "algorithms"
DESCRIPTION = "list algorithms from short examples, exact at 10 times the length?"

SECONDS: Final = 60.0
"""CPU seconds of a search, and fuel, which hardly any search uses up in that time."""
FUEL: Final = 200_000_000
MEBIBYTES: Final = 1024
LIMITS: Final = ("seconds", "fuel", "mebibytes")
"""Names of the options that bound a search."""
SOURCES: Final = ("classic", "development")
"""Families whose programs make a library."""
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


def run(arguments: Sequence[str]) -> None:
    """Measure and write a record."""
    measure(NAME, arguments, plan, seeds="0,1,2,3,4", more=_options)


def _options(parser: argparse.ArgumentParser) -> None:
    parser.set_defaults(seconds=SECONDS)
    add = parser.add_argument
    add("--family", action="append", help=f"{', '.join(FAMILIES)}; default: classic; repeatable")
    add("--examples", type=numbers, default=[EXAMPLES], help=f"e.g. 100,20; default: {EXAMPLES}")
    add("--noisy", type=int, default=0, help="so many examples get a wrong label")
    add("--variant", action="append", help=f"{', '.join(VARIANTS)}; repeatable")
    add("--fuel", type=int, default=FUEL, help=f"limit of each search; default: {FUEL}")
    add("--mebibytes", type=int, default=MEBIBYTES, help=f"of kept values; default: {MEBIBYTES}")


def plan(options: argparse.Namespace) -> Plan:
    """Every task with every number of examples, variant and seed.

    Raises:
        UnknownNameError: if there is no such family, task or variant.
        InputError: if a number cannot be used.
    """
    tasks = tasks_of(options)
    variants = options.variant or ["full"]
    for variant in variants:
        if variant not in VARIANTS:
            raise UnknownNameError("variant", variant, list(VARIANTS))
    if not 0 <= options.noisy < min(options.examples):
        raise InputError(
            f"expected more examples than wrong labels, got {options.examples}, {options.noisy}"
        )
    for name in LIMITS:
        if not getattr(options, name) > 0:
            raise InputError(f"--{name}: expected more than 0, got {getattr(options, name)}")
    seeds = options.seeds[:1] if options.quick else list(dict.fromkeys(options.seeds))
    limits = {name: getattr(options, name) for name in LIMITS}
    library: dict[str, str] = {}
    if any(VARIANTS[variant].library for variant in variants):
        known = [a.name for family in SOURCES for a in FAMILIES[family]]
        library = library_of(QUICK if options.quick else known, limits)
    runs: list[Run] = []
    for variant, number, task, seed in itertools.product(
        dict.fromkeys(variants), dict.fromkeys(options.examples), tasks, seeds
    ):
        posed = {"family": find(task).family, "task": task, "examples": number}
        posed |= {"noisy": options.noisy, "variant": variant, "seed": seed, **limits}
        if VARIANTS[variant].library:
            posed["library"] = [line for name, line in library.items() if name != task]
        runs.append(posed)
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
            **limits,
        },
        summary=lambda rows: summary(rows, seeds),
        notes={
            "variants": {name: VARIANTS[name].says for name in variants},
            **({"library": list(library.values())} if library else {}),
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
