"""Submissions in Kaggle's form: written atomically, resumed, read strictly, scored honestly.

`{task id: [{"attempt_1": grid, "attempt_2": grid}, ...]}`, one entry per test input.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from nsr.atomic import check_writable, replace_file
from nsr.data.arc import ArcTask
from nsr.data.jsonfile import read_json
from nsr.errors import InputError
from nsr.rows import Rows, decode_rows, kind

Entry: TypeAlias = list[dict[str, Rows]]
"""The attempts at one task: for each test input, attempt name -> grid."""

ATTEMPT = re.compile(r"attempt_([1-9][0-9]{0,3})")


def entry(attempts: Sequence[Sequence[Rows]]) -> Entry:
    """An entry from lists of grids, one list per test input, best first.

    >>> entry([[((1,),), ((2,),)]])
    [{'attempt_1': ((1,),), 'attempt_2': ((2,),)}]
    """
    return [{f"attempt_{i}": g for i, g in enumerate(grids, 1)} for grids in attempts]


def fill(
    answers: Sequence[Sequence[Rows]], task: ArcTask, attempts: int
) -> tuple[Entry, list[list[str]]]:
    """An entry with exactly `attempts` attempts at each test input.

    The form has no place for "no answer". Where answers are missing, the input itself and then
    the training outputs stand in, and are named in the second result.

    Returns:
        The entry, and for each test input the names of the attempts that are no answer.
    """
    full, invented = [], []
    for given, found in zip(task.test, answers, strict=True):
        grids = list(found[:attempts])
        spare = dict.fromkeys([given, *(y for _, y in task.train)])
        grids += [rows for rows in spare if rows not in grids]
        grids += [given] * (attempts - len(grids))
        full.append(grids[:attempts])
        invented.append([f"attempt_{i}" for i in range(len(found) + 1, attempts + 1)])
    return entry(full), invented


class SubmissionFile:
    """A submission on disk that grows task by task and is whole at every moment.

    Args:
        path: the file; replaced at the first `add`.
        order: task ids in the order of the file.
        done: entries that are finished already.

    Raises:
        InputError: if no file can be written there; nothing is left behind.
    """

    def __init__(self, path: str | Path, order: Sequence[str], done: Mapping[str, Entry]):
        check_writable(path)
        self.path = path
        self._lines = {key: _line(key, value) for key, value in done.items()}
        self._order = list(order)

    def add(self, task: str, attempts: Entry) -> None:
        """Put in the entry of one task.

        Raises:
            InputError: if the file cannot be written; the one from before stays.
        """
        self._lines[task] = _line(task, attempts)
        lines = [self._lines[key] for key in self._order if key in self._lines]
        replace_file(self.path, "{\n" + ",\n".join(lines) + "\n}\n")


def read_submission(path: str | Path) -> dict[str, Entry]:
    """The entries of a submission file.

    Raises:
        InputError: naming task, test input, attempt and row, if the file is no submission.
    """
    source = str(path)
    raw = read_json(path)
    if not isinstance(raw, dict):
        raise InputError(f"expected an object of tasks, got {kind(raw)}", source=source)
    return {key: _entry(value, source, f"task {key!r}") for key, value in raw.items()}


def finished(path: str | Path, tasks: Sequence[ArcTask], attempts: int) -> dict[str, Entry]:
    """The entries of an interrupted run over `tasks`; empty if the file does not exist.

    Raises:
        InputError: if the file is no submission, or one of another run: other tasks, another
            number of test inputs, another number of attempts.
    """
    if not os.path.lexists(path):
        return {}
    known = {task.id: task for task in tasks}
    done = read_submission(path)
    for key, found in done.items():
        fault = None
        if key not in known:
            fault = f"task {key!r} is not among the inputs"
        elif len(found) != len(known[key].test):
            fault = f"task {key!r} has {len(known[key].test)} test inputs, not {len(found)}"
        elif any(len(grids) != attempts for grids in found):
            fault = f"task {key!r} does not have {attempts} attempts"
        if fault:
            raise InputError(
                f"cannot resume, the file is of another run: {fault}", source=str(path)
            )
    return done


@dataclass(frozen=True, slots=True)
class Score:
    """How good a submission is.

    Args:
        tasks, inputs: how many tasks, and test inputs in them, there are.
        attempts: how many attempts at each input counted.
        solved: per task, whether each of its test inputs was right.
        missing: ids of tasks without an entry; they count as wrong.
        ignored: ids in the submission that are none of the tasks.
    """

    tasks: int
    inputs: int
    attempts: int
    solved: Mapping[str, tuple[bool, ...]]
    missing: tuple[str, ...]
    ignored: tuple[str, ...]

    @property
    def tasks_solved(self) -> int:
        """Tasks with every test input right."""
        return sum(map(all, self.solved.values()))

    @property
    def inputs_solved(self) -> int:
        """Test inputs for which one of the attempts is right."""
        return sum(map(sum, self.solved.values()))


def score(
    submission: Mapping[str, Entry],
    tasks: Sequence[ArcTask],
    *,
    attempts: int = 2,
    source: str | None = None,
) -> Score:
    """Compare a submission with the tasks' test outputs.

    A test input is right if one of its first `attempts` attempts equals the output in every
    cell. What is missing is wrong.

    Raises:
        InputError: if a task has no test outputs, or if an entry has more test inputs than its
            task; `source` is named as the submission's file.
    """
    solved = {}
    for task in tasks:
        found = submission.get(task.id, [])
        if len(found) > len(task.test):
            raise InputError(
                f"expected {len(task.test)} test inputs, got {len(found)}",
                source=source,
                place=f"task {task.id!r}",
            )
        rights = [False] * len(task.test)
        for i, output in enumerate(task.solutions):
            if output is None:
                raise InputError(
                    "no output to compare with",
                    source=task.source,
                    place=f"task {task.id!r}, test pair {i}",
                )
            if i < len(found):
                names = (f"attempt_{k}" for k in range(1, attempts + 1))
                rights[i] = any(found[i].get(name) == output for name in names)
        solved[task.id] = tuple(rights)
    return Score(
        tasks=len(tasks),
        inputs=sum(len(task.test) for task in tasks),
        attempts=attempts,
        solved=solved,
        missing=tuple(task.id for task in tasks if task.id not in submission),
        ignored=tuple(key for key in submission if key not in solved),
    )


def _entry(raw: Any, source: str, place: str) -> Entry:
    if not isinstance(raw, list) or not raw:
        got = "an empty list" if raw == [] else kind(raw)
        raise InputError(f"expected a list of attempts, got {got}", source=source, place=place)
    result = []
    for i, attempts in enumerate(raw):
        where = f"{place}, test input {i}"
        if not isinstance(attempts, dict) or not attempts:
            got = "an empty object" if attempts == {} else kind(attempts)
            raise InputError(
                f"expected an object of attempts, got {got}", source=source, place=where
            )
        grids = {}
        for name, grid in attempts.items():
            if not ATTEMPT.fullmatch(name):
                raise InputError(
                    f"expected 'attempt_1', 'attempt_2', ..., got {name!r}",
                    source=source,
                    place=where,
                )
            try:
                grids[name] = decode_rows(grid)
            except InputError as error:
                inner = ", ".join(filter(None, (where, name, error.place)))
                raise InputError(error.message, source=source, place=inner) from None
        result.append(grids)
    return result


def _line(task: str, attempts: Entry) -> str:
    return f"{json.dumps(task)}: {json.dumps(attempts, separators=(',', ':'))}"
