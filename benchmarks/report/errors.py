"""Errors to look at: inputs that baselines get wrong, and how the machine reads them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Any, Final

from benchmarks import methods
from benchmarks.methods import Predictor
from benchmarks.methods.floor import NAMES as FLOORS
from benchmarks.report.columns import title
from benchmarks.report.results import NAMES, Entry, time_text
from benchmarks.suites import get_suite
from nsr.errors import InputError

TREES: Final = 2
"""Trees for each split."""
WORDS: Final = 24
"""Longest input whose tree is drawn."""
CHEAP: Final = 60.0
"""CPU seconds; a machine whose fit took longer is not learnt anew for its trees."""


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
        parts += [
            part
            for entry in own
            if entry.method == "nsr-machine"
            for part in trees(entry, [row[1] for row in rows])
        ]
        parts.append("</details>")
    return parts


def trees(entry: Entry, inputs: Sequence[str]) -> list[str]:
    """How the machine, learnt anew from the split, reads the shortest of these inputs."""
    short = sorted(dict.fromkeys(x for x in inputs if len(x.split()) <= WORDS), key=len)[:TREES]
    drawn: list[str] = []
    try:
        reader = learnt(entry)
        for text in short:
            svg = reader.tree(tuple(text.split()))
            if svg is not None:
                note = f"nsr.Machine on: {html.escape(text)}"
                drawn.append(f"<figure>{svg}<figcaption>{note}</figcaption></figure>")
    except InputError as error:
        return [f"<p>No trees: {html.escape(str(error))}</p>"]
    return drawn


def learnt(entry: Entry) -> Predictor:
    """The machine of an entry, seed 0.

    Raises:
        InputError: if it would take long, if its data are missing or others than those of its
            record, or if its inputs are pictures.
    """
    if entry.cpu > CHEAP:
        raise InputError(f"to learn anew takes {time_text(entry.cpu)}")
    data: Any = get_suite(entry.suite).load(entry.split)
    if data.origin != entry.origin:  # made here, because NSR_DATA is not set: another machine
        raise InputError(
            f"the record is of data {entry.origin!r}, those at hand are {data.origin!r}"
        )
    if not isinstance(data.train[0][0][0], str):
        raise InputError("inputs are pictures")
    return methods.make(entry.method, entry.suite).fit(data.train)
