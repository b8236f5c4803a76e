"""The pictures of README: how a learnt machine reads inputs of a test set it has not seen."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import nsr
from benchmarks.suites import get_suite
from nsr.atomic import replace_file
from nsr.errors import InputError, NsrError
from nsr.render.tree import tree_svg
from nsr.symbols import Node

NAME = "pictures"
DESCRIPTION = "drawings of readings, into docs/pictures"

FOLDER: Final = Path(__file__).parent.parent / "docs" / "pictures"
PICTURES: Final = (
    ("scan", "addprim_jump", "jump around left twice after walk opposite right"),
    ("pcfg", "iid", "swap_first_last echo append shift A10 X16 S18 , reverse V10 Y13"),
)
"""Suite, split and test input; chosen for their size."""


def run(arguments: Sequence[str]) -> None:
    """Train on each split, and draw the reading of one of its test inputs.

    Raises:
        NsrError: if an input is no test input of its split, or does not come out right.
    """
    parser = argparse.ArgumentParser(prog=f"benchmarks run {NAME}", description=DESCRIPTION)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write the drawings")
    options = parser.parse_args(arguments)
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"cannot make it: {error.strerror}"
        raise InputError(message, source=str(options.folder)) from None
    for suite, split, text in PICTURES:
        path = options.folder / f"{suite}.svg"
        replace_file(path, draw(suite, split, tuple(text.split())))
        print(f"{path}: {text}")


def draw(suite: str, split: str, x: tuple[str, ...]) -> str:
    """The drawing of one test input, read by a machine that has learnt the training pairs."""
    data = get_suite(suite).load(split, seed=0)
    known = dict(pair for pairs in data.tests.values() for pair in pairs)
    if x not in known:
        raise NsrError(f"{' '.join(x)!r} is no test input of {suite} {split}")
    machine = nsr.Machine(domain="sequences", seed=0).fit(data.train)
    tree = machine.explain(x)
    if not isinstance(tree, Node) or tree.value != known[x]:
        raise NsrError(f"{suite} {split}: {' '.join(x)!r} does not come out right")
    return tree_svg(tree, machine.show, tokens=x)
