"""ARC tasks from JSON: a task file, or one file of many tasks, checked down to the cell."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nsr.data.jsonfile import read_json
from nsr.errors import InputError
from nsr.rows import Rows, decode_rows, kind
from nsr.task import Example, Task

MAX_TASKS = 100_000


@dataclass(frozen=True, slots=True)
class ArcTask:
    """One ARC task.

    Args:
        id: name of the task.
        train: (input, output) grids, at least one pair.
        test: input grids that ask for an output, at least one.
        solutions: the output for each test input, `None` where the file has none. They serve
            the scorer and the display; `task` leaves them out.
        source: the file or set it came from.
    """

    id: str
    train: tuple[tuple[Rows, Rows], ...]
    test: tuple[Rows, ...]
    solutions: tuple[Rows | None, ...] = field(repr=False)
    source: str = "task"

    def task(self) -> Task:
        """What the solver gets: the training pairs and the test inputs, no test output."""
        return Task(
            train=tuple(Example((x,), y) for x, y in self.train),
            queries=tuple((x,) for x in self.test),
            name=self.id,
            input_types=("grid",),
            output_type="grid",
        )


def load_file(path: str | Path) -> list[ArcTask]:
    """The tasks of a file: one task (its id is the file's name), or `{id: task}`.

    Raises:
        InputError: naming file, task, pair and row, if anything is not as it must be.
    """
    return decode_tasks(read_json(path), source=str(path), name=Path(path).stem)


def decode_tasks(raw: Any, *, source: str, name: str) -> list[ArcTask]:
    """The tasks in a JSON value.

    Args:
        raw: one task `{"train": [pairs], "test": [pairs]}`, or `{id: task}`.
        source: file name for messages.
        name: id for a single task.

    Raises:
        InputError: naming task, pair and row, if anything is not as it must be.

    >>> pair = {"input": [[1]], "output": [[2]]}
    >>> decode_tasks({"a": {"train": [pair], "test": [{"input": [[1]]}]}}, source="s", name="n")
    [ArcTask(id='a', train=((((1,),), ((2,),)),), test=(((1,),),), source='s')]
    """
    if not isinstance(raw, dict):
        raise InputError(f"expected a task or an object of tasks, got {kind(raw)}", source=source)
    if not raw:
        raise InputError("no tasks in it", source=source)
    if {"train", "test"} & raw.keys() and not all(isinstance(v, dict) for v in raw.values()):
        return [_task(raw, name, source, "")]
    if len(raw) > MAX_TASKS:
        raise InputError(f"more than {MAX_TASKS} tasks, got {len(raw)}", source=source)
    return [_task(value, key, source, f"task {key!r}") for key, value in raw.items()]


def with_solutions(tasks: list[ArcTask], path: str | Path) -> list[ArcTask]:
    """The tasks with their test outputs from a file of their own, `{id: [grid, ...]}`.

    Raises:
        InputError: naming task, output and row, if the file is not of this form, lacks a task, or
            has another number of outputs than the task has test inputs.
    """
    raw, source = read_json(path), str(path)
    if not isinstance(raw, dict):
        raise InputError(f"expected an object of outputs, got {kind(raw)}", source=source)
    completed = []
    for task in tasks:
        place = f"task {task.id!r}"
        found = raw.get(task.id)
        if not isinstance(found, list) or len(found) != len(task.test):
            got = f"{len(found)}" if isinstance(found, list) else kind(found)
            raise InputError(
                f"expected a list of {len(task.test)} outputs, got {got}",
                source=source,
                place=place,
            )
        outputs = []
        for i, grid in enumerate(found):
            try:
                outputs.append(decode_rows(grid))
            except InputError as error:
                inner = ", ".join(filter(None, (place, f"output {i}", error.place)))
                raise InputError(error.message, source=source, place=inner) from None
        completed.append(replace(task, solutions=tuple(outputs)))
    return completed


def unique(tasks: list[ArcTask]) -> list[ArcTask]:
    """The tasks themselves.

    Raises:
        InputError: if two of them have the same id, naming both sources.
    """
    first: dict[str, ArcTask] = {}
    for task in tasks:
        if task.id in first:
            where = {first[task.id].source: None, task.source: None}
            raise InputError(f"task {task.id!r} stands twice: {' and '.join(where)}")
        first[task.id] = task
    return tasks


def _task(raw: Any, name: str, source: str, place: str) -> ArcTask:
    def fault(message: str, *inner: str) -> InputError:
        return InputError(message, source=source, place=", ".join(filter(None, (place, *inner))))

    if not isinstance(raw, dict):
        raise fault(f"expected an object with 'train' and 'test', got {kind(raw)}")
    pairs: dict[str, list[tuple[Rows, Rows | None]]] = {"train": [], "test": []}
    for part, found in pairs.items():
        if part not in raw:
            raise fault(f"missing key {part!r}")
        if not isinstance(raw[part], list):
            raise fault(f"expected a list of pairs, got {kind(raw[part])}", part)
        if not raw[part]:
            raise fault("expected at least one pair, got none", part)
        for i, pair in enumerate(raw[part]):
            here = f"{part} pair {i}"
            if not isinstance(pair, dict):
                raise fault(f"expected an object with 'input', got {kind(pair)}", here)
            grids: dict[str, Rows | None] = {"input": None, "output": None}
            for key in grids:
                if key in pair:
                    try:
                        grids[key] = decode_rows(pair[key])
                    except InputError as error:
                        raise fault(error.message, here, key, error.place or "") from None
                elif key == "input" or part == "train":
                    raise fault(f"missing key {key!r}", here)
            assert grids["input"] is not None
            found.append((grids["input"], grids["output"]))
    train = tuple((x, y) for x, y in pairs["train"] if y is not None)
    test, solutions = zip(*pairs["test"], strict=True)
    return ArcTask(name, train, test, solutions, source)
