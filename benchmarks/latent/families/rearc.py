"""Small grids of many rules: ARC tasks of which enough pairs fit ten by ten cells.

The rules are those of the ARC-AGI-1 training tasks. Their pairs are the tasks' own and those that
RE-ARC makes by the same rules (Hodel 2024, Addressing the Abstraction and Reasoning Corpus via
Procedural Example Generation, 2404.07353; data pack `rearc` in `NSR_DATA`), as far as they are
small. A fifth of the rules is held out, and of the others one pair.
"""

from __future__ import annotations

import functools
import gzip
import json
from collections.abc import Sequence
from typing import Final

import numpy as np

from benchmarks.latent.families import Family
from nsr.data.sets import data_folder, load_set
from nsr.errors import InputError
from nsr.latent.blocks import Size
from nsr.latent.canvas import Canvas, Drawn

SIDE: Final = 10
LEAST: Final = 5
"""Small pairs that a rule must have."""
HELD_OUT: Final = 5
"""Every fifth rule, in an order drawn once."""
FILE: Final = "rearc/rearc_train340x20.json.gz"
CANVAS: Final = Canvas("grids", SIDE, SIDE, 10)


@functools.cache
def rules() -> tuple[tuple[Drawn, ...], tuple[Drawn, ...]]:
    """Rules for training, and rules that are held out: pairs uint8[pairs, SIDE, SIDE] of each.

    Raises:
        InputError: if the data pack is not there, or is not what it must be.
    """
    folder = data_folder()
    path = None if folder is None else folder / FILE
    if path is None or not path.exists():
        raise InputError(f"the family rearc needs {FILE} in the folder named by NSR_DATA")
    try:
        with gzip.open(path) as file:
            more = json.load(file)
        made = {name: [(p["input"], p["output"]) for p in more[name]] for name in more}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"not a data pack: {error}", source=str(path)) from None
    small = []
    for task in load_set("arc1:training"):
        pairs = [*task.train, *zip(task.test, task.solutions, strict=True), *made.get(task.id, ())]
        fit = [p for p in pairs if all(len(g) <= SIDE and len(g[0]) <= SIDE for g in p if g)]
        if len(fit) >= LEAST:
            x, y = (np.stack([CANVAS.draw(p[side]) for p in fit]) for side in (0, 1))
            small.append(Drawn(x, y))
    order = np.random.default_rng(0).permutation(len(small))
    held = [i for place, i in enumerate(order) if place % HELD_OUT == 0]
    others = [i for place, i in enumerate(order) if place % HELD_OUT]
    return tuple(small[i] for i in others), tuple(small[i] for i in held)


def _draw(
    rng: np.random.Generator, pool: Sequence[Drawn], tasks: int, pairs: int, last: bool = False
) -> Drawn:
    # With `last` the last pair of a rule comes last, and is the one that is asked.
    parts = []
    for i in rng.integers(len(pool), size=tasks):
        free = len(pool[i]) - last
        places = rng.permutation(free)[: pairs - last]
        parts.append(pool[i][np.append(places, free) if last else places])
    return Drawn(np.stack([p.x for p in parts]), np.stack([p.y for p in parts]))


def training(rng: np.random.Generator, tasks: int, pairs: int) -> Drawn:
    """Pairs of the rules for training, without the last of each."""
    return _draw(rng, [rule[:-1] for rule in rules()[0]], tasks, pairs)


def known(rng: np.random.Generator, tasks: int, pairs: int) -> Drawn:
    """Rules that were trained on; the pair that is asked was not."""
    return _draw(rng, rules()[0], tasks, pairs, last=True)


def held_out(rng: np.random.Generator, tasks: int, pairs: int) -> Drawn:
    """Rules that were not."""
    return _draw(rng, rules()[1], tasks, pairs)


FAMILY: Final = Family(
    name="rearc",
    canvas=CANVAS,
    draw=training,
    tests={"known rules, new pairs": known, "held-out rules": held_out},
    source="RE-ARC (arXiv 2404.07353), rules of ARC-AGI-1 training tasks with small grids",
    symmetries="poses+colours",
    size=Size(width=96, heads=6, encoder=2, decoder=3),
)
