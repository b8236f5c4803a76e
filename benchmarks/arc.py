"""ARC tasks: how many are solved, how surely, at what cost.

The tasks go through `nsr.batch.solve_many` just as in `nsr solve`; answers are compared with the
test outputs afterwards, here.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from benchmarks.records import save
from nsr.batch import Report, solve_many
from nsr.budget import MEBIBYTE, Budget
from nsr.data.arc import ArcTask
from nsr.data.sets import load_inputs
from nsr.errors import InputError
from nsr.submission import entry, score

NAME = "arc"
DESCRIPTION = "ARC tasks: accuracy, precision, CPU seconds, memory"

ATTEMPTS = 2
SIGN = 20
"""After so many tasks a line on standard error says how far it is."""

OVER = 1.0
"""Seconds past the limit from which a task counts as over it."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Options of benchmarks that solve sets of ARC tasks."""
    parser.add_argument("--set", dest="inputs", action="append", help="INPUT, as of nsr solve")
    parser.add_argument("--limit", type=int, help="every n-th task, so that this many remain")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--fuel", type=int)
    parser.add_argument("--memory", type=int, default=512, help="MB")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--searcher", default="portfolio")
    parser.add_argument("--log", type=Path, help="read what nsr solve --json printed")


def run(arguments: Sequence[str]) -> None:
    """Measure and write a record."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks run {NAME}")
    add_options(parser)
    options = parser.parse_args(arguments)
    record = measure(options)
    for key, value in record["summary"].items():
        print(f"{key:28} {value}")
    print(f"record in {save(NAME, record)}")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Solve the tasks and count.

    Returns:
        `settings`, `summary` and `tasks`, one row per task.
    """
    inputs = options.inputs or ["arc1:training"]
    tasks = chosen(load_inputs(inputs), options.limit)
    rows: list[dict[str, Any]] = []
    reports = logged(tasks, options.log) if options.log else solved(tasks, options)
    for task, report in reports:
        rows.append(row(task, report))
        if len(rows) % SIGN == 0:
            right = sum(all(r["right_2"]) for r in rows)
            print(f"{len(rows)} of {len(tasks)}, {right} right", file=sys.stderr, flush=True)
    rows.sort(key=lambda r: r["task"])
    return {
        "settings": {
            "inputs": inputs,
            "tasks": len(tasks),
            "seconds": options.seconds,
            "fuel": options.fuel,
            "memory_mb": options.memory,
            "jobs": options.jobs,
            "seed": options.seed,
            "searcher": options.searcher,
            "attempts": ATTEMPTS,
        },
        "summary": summary(rows, options.seconds),
        "tasks": rows,
    }


def chosen(tasks: list[ArcTask], limit: int | None) -> list[ArcTask]:
    """At most `limit` tasks, evenly spread."""
    if limit is None or limit >= len(tasks):
        return tasks
    return [tasks[i * len(tasks) // limit] for i in range(limit)]


def solved(tasks: list[ArcTask], options: argparse.Namespace) -> Iterator[tuple[ArcTask, Report]]:
    """Each task with its report, as they are finished; the solver gets no test output."""
    budget = Budget(
        fuel=options.fuel, seconds=options.seconds or None, memory=options.memory * MEBIBYTE
    )
    for i, report in solve_many(
        [task.task() for task in tasks],
        domain="grids",
        searcher=options.searcher,
        budget=budget,
        seed=options.seed,
        attempts=ATTEMPTS,
        jobs=options.jobs,
    ):
        yield tasks[i], report


def logged(tasks: list[ArcTask], path: Path) -> Iterator[tuple[ArcTask, Report]]:
    """Each task with the report that `nsr solve --json` printed of it.

    Raises:
        InputError: if the file cannot be read; naming the line, if it is no such report; or if a
            task is missing.
    """
    known = {task.id: task for task in tasks}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"cannot read: {reason}", source=str(path)) from None
    for number, line in enumerate(lines, 1):
        try:
            found = json.loads(line)
            task = known.pop(found["task"])
            plain = {f.name: found[f.name] for f in fields(Report) if f.name in found}
            plain["answers"] = tuple(
                tuple(grid for name, grid in attempts.items() if name not in invented)
                for attempts, invented in zip(found["attempts"], found["fallback"], strict=True)
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            fault = f"not a report of a task of the set ({type(error).__name__}: {error})"
            raise InputError(fault, source=str(path), place=f"line {number}") from None
        yield task, Report(**plain)
    if known:
        raise InputError(f"no report of {', '.join(sorted(known)[:5])}", source=str(path))


def row(task: ArcTask, report: Report) -> dict[str, Any]:
    """What is kept of one task; `right_1` and `right_2`: within so many attempts, per input."""
    answers = {task.id: entry([[tuple(map(tuple, g)) for g in found] for found in report.answers])}
    right = {k: score(answers, [task], attempts=k).solved[task.id] for k in (1, ATTEMPTS)}
    return {
        "task": task.id,
        "explained": report.solved,
        "right_1": list(map(int, right[1])),
        "right_2": list(map(int, right[ATTEMPTS])),
        "program": report.programs[0] if report.programs else None,
        "sources": list(report.sources),
        "cpu": round(report.cpu_seconds, 2),
        "wall": round(report.seconds, 2),
        "fuel": report.fuel,
        "held_mb": round(report.memory / MEBIBYTE, 1),
        "rss_mb": round(report.peak_rss / MEBIBYTE),
        "stopped_by": report.stopped_by,
        **({} if report.error is None else {"error": report.error}),
    }


def summary(rows: list[dict[str, Any]], seconds: float | None) -> dict[str, Any]:
    """The figures over all rows.

    `precision_*` is over the tasks with a program that explains every training pair.
    """
    explained = [r for r in rows if r["explained"]]
    cpu = [r["cpu"] for r in rows]
    late = [r["task"] for r in rows if seconds and r["wall"] > seconds + OVER]
    return {
        "tasks": len(rows),
        "tasks_solved": sum(all(r["right_2"]) for r in rows),
        "tasks_solved_first_attempt": sum(all(r["right_1"]) for r in rows),
        "inputs": sum(len(r["right_2"]) for r in rows),
        "inputs_solved": sum(sum(r["right_2"]) for r in rows),
        "tasks_explained": len(explained),
        "precision_two_attempts": _share(explained, "right_2"),
        "precision_first_attempt": _share(explained, "right_1"),
        "cpu_seconds_mean": round(statistics.fmean(cpu), 2),
        "cpu_seconds_median": round(statistics.median(cpu), 2),
        "cpu_seconds_max": max(cpu),
        "cpu_seconds_total": round(sum(cpu), 1),
        "wall_seconds_max": max(r["wall"] for r in rows),
        "peak_rss_mb": max(r["rss_mb"] for r in rows),
        "over_time": late,
        "crashed": [r["task"] for r in rows if r["stopped_by"] in {"crash", "hang"}],
        "errors": {r["task"]: r["error"] for r in rows if "error" in r},
    }


def _share(rows: list[dict[str, Any]], key: str) -> float | None:
    return round(sum(all(r[key]) for r in rows) / len(rows), 3) if rows else None
