"""Errors to look at: inputs that baselines get wrong, and how the machine reads them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any, Final

from benchmarks import methods
from benchmarks.methods import Predictor
from benchmarks.methods.floor import NAMES as FLOORS
from benchmarks.report.columns import title
from benchmarks.report.results import NAMES, Entry
from benchmarks.suites import get_suite
from nsr.errors import InputError

TREES: Final = 2
"""Trees for each split."""
WORDS: Final = 24
"""Longest input whose tree is drawn."""


def errors(suite: str, found: Sequence[Entry]) -> list[str]:
    """Wrong answers of the first seed of each method, and trees of some of these inputs."""
    parts: list[str] = []
    for split in dict.fromkeys(entry.split for entry in found):
        own = [entry for entry in found if entry.split == split]
        rows = [
            (NAMES[entry.method], *wrong)
            for entry in own
            if entry.method not in FLOORS
            for wrong in entry.records[0].get("wrong", [])
        ]
        if not rows:
            continue
        name = title(own[0])
        lines = "".join(
            "<tr>" + "".join(f'<td class="text">{html.escape(t)}</td>' for t in row) + "</tr>"
            for row in rows
        )
        head = "".join(f"<th>{text}</th>" for text in ("method", "input", "right", "answer"))
        parts.append(f"<details><summary>errors on {html.escape(name)}</summary>")
        parts.append(f"<table><tr>{head}</tr>{lines}</table>")
        machine = [entry for entry in own if entry.method == "nsr-machine"]
        if machine:
            parts += trees(suite, split, [row[1] for row in rows])
        parts.append("</details>")
    return parts


def trees(suite: str, split: str, inputs: Sequence[str]) -> list[str]:
    """How the machine, learnt anew from the split, reads the shortest of these inputs."""
    short = sorted(dict.fromkeys(x for x in inputs if len(x.split()) <= WORDS), key=len)[:TREES]
    try:
        reader = learnt(suite, split)
    except InputError as error:
        return [f"<p>No trees: {html.escape(str(error))}</p>"]
    drawn: list[str] = []
    for text in short:
        svg = reader.tree(tuple(text.split()))
        if svg is not None:
            drawn.append(
                f"<figure>{svg}<figcaption>nsr.Machine on: {html.escape(text)}</figcaption>"
            )
            drawn.append("</figure>")
    return drawn


def learnt(suite: str, split: str) -> Predictor:
    """The machine, seed 0.

    Raises:
        InputError: if the data are missing.
    """
    data: Any = get_suite(suite).load(split)
    return methods.make("nsr-machine", suite).fit(data.train)
