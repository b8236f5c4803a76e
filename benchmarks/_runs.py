"""Many runs, each in a fresh child process, and one record of them all.

A finished run is written at once to a hidden file beside the records, so that an interrupted
benchmark loses no more than the runs that were under way; `--resume` goes on from there.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeAlias

from benchmarks import records
from nsr.errors import InputError

Run: TypeAlias = dict[str, Any]
"""What one run is to do, as plain values."""

Row: TypeAlias = dict[str, Any]
"""The run and what came of it; `error` stands there if nothing did."""

INTERRUPTED: Final = 130
_PATIENCE: Final = 0.5
"""Seconds after which an interruption is seen at the latest."""
_THREADS: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)
_MALLOC: Final = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(8 << 30),
    "MALLOC_TOP_PAD_": str(256 << 20),
}
"""glibc keeps the memory of tensors instead of giving it back after each operation."""


@dataclass(frozen=True)
class Plan:
    """A benchmark of many runs.

    Args:
        name: of the record.
        module: whose `work(run)` does a run and gives the figures of its row.
        runs: what is to be done, in the order of the record.
        settings: for the record.
        summary: from the rows without error.
        notes: further parts of the record, e.g. what was given by hand.
        warm: a run done once before, unmeasured, so that all kernels are compiled.
    """

    name: str
    module: str
    runs: Sequence[Run]
    settings: dict[str, Any]
    summary: Callable[[list[Row]], dict[str, Any]]
    notes: dict[str, Any] = field(default_factory=dict)
    warm: Run | None = None


def measure(
    name: str,
    arguments: Sequence[str],
    plan: Callable[[argparse.Namespace], Plan],
    *,
    seeds: str,
    more: Callable[[argparse.ArgumentParser], object] = lambda parser: None,
) -> None:
    """The command of a benchmark of many runs: read options, do the runs, write the record.

    Args:
        name: of the benchmark.
        arguments: of its command line.
        plan: options -> all that is to be done.
        seeds: the default.
        more: adds the benchmark's own options.
    """
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks run {name}")
    parser.add_argument("--seeds", type=numbers, default=seeds, help=f"default: {seeds}")
    parser.add_argument("--split", action="append", help="only this split; may be repeated")
    parser.add_argument("--quick", action="store_true", help="few runs: does it work?")
    parser.add_argument("--seconds", type=float, help="limit of each fit")
    parser.add_argument("--jobs", type=int, default=1, help="runs at the same time")
    parser.add_argument("--resume", action="store_true", help="go on where it was interrupted")
    parser.add_argument("--results", type=Path, default=records.RESULTS, help="folder of records")
    more(parser)
    options = parser.parse_args(arguments)
    if options.jobs < 1:
        parser.error("--jobs: expected at least 1")
    path = execute(plan(options), options)
    print(f"record in {path}")


def numbers(text: str) -> list[int]:
    """Whole numbers parted by commas, for argparse.

    >>> numbers("0,1,2")
    [0, 1, 2]
    """
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected numbers like 0,1,2, got {text!r}") from None
    if min(found) < 0:
        raise argparse.ArgumentTypeError(f"expected numbers of at least 0, got {text!r}")
    return found


def execute(plan: Plan, options: argparse.Namespace) -> Path:
    """Do all runs and write the record, whose path is returned.

    Raises:
        InputError: if all runs failed, or the record cannot be written.
        SystemExit: with code 130 if it was interrupted.
    """
    results: Path = options.results
    results.mkdir(parents=True, exist_ok=True)
    where = records.circumstances()
    key = json.dumps([plan.settings, list(plan.runs), where], sort_keys=True)
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]
    partial = results / f".{plan.name}-{digest}.jsonl"
    rows = _finished(partial) if options.resume else {}
    if not options.resume:
        partial.unlink(missing_ok=True)
    todo = [i for i in range(len(plan.runs)) if i not in rows]
    say(f"{plan.name}: {len(todo)} of {len(plan.runs)} runs to do")
    if plan.warm is not None and todo:
        fault = _child(plan.module, plan.warm, [], threading.Event()).get("error")
        say(f"warm-up: {fault}" if fault else "kernels are compiled")
    try:
        with (
            partial.open("a", encoding="utf-8") as file,
            contextlib.closing(each(plan.module, plan.runs, todo, options.jobs)) as done,
        ):
            for i, row in done:
                rows[i] = row
                file.write(json.dumps({"run": i, "row": row}) + "\n")
                file.flush()
                say(f"{len(rows)}/{len(plan.runs)} {_line(row)}")
    except KeyboardInterrupt:
        say(f"interrupted; finished runs are kept in {partial}, go on with --resume")
        raise SystemExit(INTERRUPTED) from None
    ordered = [rows[i] for i in range(len(plan.runs))]
    sound = [row for row in ordered if "error" not in row]
    if ordered and not sound:
        partial.unlink()
        raise InputError(f"all {len(ordered)} runs failed: {ordered[0]['error']}")
    record = {
        "settings": {**plan.settings, "seconds": options.seconds, "jobs": options.jobs},
        **plan.notes,
        "summary": plan.summary(sound) if sound else {},
        "errors": sum("error" in row for row in ordered),
        "runs": ordered,
    }
    name = f"{plan.name}-quick" if options.quick else plan.name
    for line in outline(record["summary"]):
        print(line)
    path = records.save(name, record, folder=results, where=where)
    partial.unlink()
    return path


def each(
    module: str, runs: Sequence[Run], todo: Sequence[int], jobs: int
) -> Generator[tuple[int, Row]]:
    """The rows of runs as they are finished, with their places among all runs.

    Ends the children when it is closed or interrupted.
    """
    children: list[subprocess.Popen[str]] = []
    stop = threading.Event()
    finished: SimpleQueue[Future[Row]] = SimpleQueue()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            futures = {pool.submit(_child, module, runs[i], children, stop): i for i in todo}
            for future in futures:
                future.add_done_callback(finished.put)
            for _ in todo:
                future = _next(finished)
                yield futures[future], future.result()
        except (KeyboardInterrupt, GeneratorExit):
            pool.shutdown(wait=False, cancel_futures=True)
            stop.set()
            for child in list(children):
                child.terminate()
            raise


def _next(finished: SimpleQueue[Future[Row]]) -> Future[Row]:
    # Not `as_completed`, and never for ever: a signal that comes just before Python waits for a
    # lock is only seen after the wait, and one inside `Condition` can leave its lock taken.
    while True:
        with contextlib.suppress(Empty):
            return finished.get(timeout=_PATIENCE)


def _child(
    module: str, run: Run, children: list[subprocess.Popen[str]], stop: threading.Event
) -> Row:
    """The row of a run done in a fresh process of one thread."""
    child = subprocess.Popen(
        [sys.executable, "-m", "benchmarks._child", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
        env={**os.environ, **_MALLOC, **dict.fromkeys(_THREADS, "1")},
    )
    children.append(child)
    if stop.is_set():  # it began while the others were ended
        child.terminate()
    out, errors = child.communicate(json.dumps(run))
    children.remove(child)
    if child.returncode or not out.strip():
        last = (errors.strip().splitlines() or ["no row"])[-1]
        return {**run, "error": f"exit code {child.returncode}: {last}"}
    found: Row = json.loads(out.splitlines()[-1])
    return {**run, **found}


def _finished(partial: Path) -> dict[int, Row]:
    """The rows of an interrupted benchmark that need not be done again."""
    if not partial.exists():
        say("nothing to resume with these options and this code: starting anew")
        return {}
    rows: dict[int, Row] = {}
    for line in partial.read_text(encoding="utf-8").splitlines():
        try:
            found = json.loads(line)
        except ValueError:  # the line that was being written
            continue
        if "error" not in found["row"]:
            rows[found["run"]] = found["row"]
    return rows


def outline(summary: dict[str, Any], indent: str = "") -> Iterator[str]:
    """The summary as lines of text."""
    for key, value in summary.items():
        if isinstance(value, dict) and any(isinstance(part, dict) for part in value.values()):
            yield f"{indent}{key}"
            yield from outline(value, indent + "  ")
        elif isinstance(value, dict):
            yield f"{indent}{key}: {' '.join(f'{k}={v}' for k, v in value.items())}"
        else:
            yield f"{indent}{key}={value}"


def _line(row: Row) -> str:
    shown = {k: v for k, v in row.items() if isinstance(v, (str, int, float, bool))}
    return " ".join(f"{key}={value}" for key, value in shown.items())


def say(text: str) -> None:
    """A line on standard error."""
    print(text, file=sys.stderr, flush=True)
