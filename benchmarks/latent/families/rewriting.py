"""Integer sequences rewritten by local rules.

After Bonnet & Macfarlane (2024, Searching Latent Program Spaces, 2411.08706, section 5.3 and
appendix B.7): sequences over 0 to 4, a program is three to five rules with parameters, applied one
after the other. Their generator is not published; what is open there was chosen here: sequences are
`LENGTH` long, seven pairs are shown (in training too; a second test shows fifteen), a rule looks at
the whole sequence that the rule before has left, and a place without the neighbour that a rule asks
for stays as it is. There are more than 10^9 programs.

There are two families: one trains on such programs, the other on single rules, and is asked for
programs of three to five, which it never saw.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.latent.families import Family
from nsr.latent.blocks import Size
from nsr.latent.canvas import Canvas, Drawn

SYMBOLS: Final = 5
LENGTH: Final = 8
RULES: Final = (3, 5)
"""Least and most rules of a program."""

Ints = NDArray[np.int64]


def draw(
    rng: np.random.Generator, tasks: int, pairs: int, *, rules: tuple[int, int] = RULES
) -> Drawn:
    """So many tasks, each with a program of its own: uint8[tasks, pairs, 1, LENGTH]."""
    x = rng.integers(SYMBOLS, size=(tasks, pairs, LENGTH))
    y = x
    number = rng.integers(rules[0], rules[1] + 1, tasks)
    for place in range(rules[1]):
        changed = _rule(rng, tasks, y)
        y = np.where((place < number)[:, None, None], changed, y)
    return Drawn(*(side[:, :, None].astype(np.uint8) for side in (x, y)))


def single(rng: np.random.Generator, tasks: int, pairs: int) -> Drawn:
    """As `draw`, with a single rule."""
    return draw(rng, tasks, pairs, rules=(1, 1))


def _rule(rng: np.random.Generator, tasks: int, x: Ints) -> Ints:
    """Every task's sequences rewritten by a rule of its own."""

    def choose(*options: int) -> Ints:
        return rng.choice(options, tasks)[:, None, None]

    left = np.concatenate([np.full_like(x[..., :1], -1), x[..., :-1]], -1)
    right = np.concatenate([x[..., 1:], np.full_like(x[..., :1], -1)], -1)
    side = np.where(choose(0, 1) == 0, left, right)
    # Larger (or smaller) than a neighbour by more than k: add m modulo five.
    ahead = (x - side) * choose(1, -1)
    shifted = np.where(ahead > choose(0, 1, 2), (x + choose(1, 2, 3, 4)) % SYMBOLS, x)
    # Equal to a neighbour: multiply, at most four.
    scaled = np.where(x == side, np.minimum(x * choose(0, 2, 3), SYMBOLS - 1), x)
    # Of a certain value: replace by a function of both neighbours.
    kind = choose(0, 1, 2, 3)
    both: Any = np.select(
        [kind == 0, kind == 1, kind == 2],
        [(left + right) % SYMBOLS, np.maximum(left, right), np.minimum(left, right)],
        np.abs(left - right),
    )
    replaced = np.where((x == choose(*range(SYMBOLS))) & (left >= 0) & (right >= 0), both, x)
    which = choose(0, 1, 2)
    found: Ints = np.where(which == 0, shifted, np.where(which == 1, scaled, replaced))
    return np.where(side < 0, np.where(which == 2, found, x), found)


def more(rng: np.random.Generator, tasks: int, pairs: int) -> Drawn:
    """As `draw`, with twice the pairs shown."""
    return draw(rng, tasks, 2 * pairs)


CANVAS: Final = Canvas("sequences", 1, LENGTH, SYMBOLS, patch=1)
SOURCE: Final = "rules of arXiv 2411.08706, B.7; lengths and edges chosen here"

WHOLE: Final = Family(
    name="rewriting",
    canvas=CANVAS,
    draw=draw,
    tests={"in distribution": draw, "twice the pairs": more},
    size=Size(heads=0, reach=1, encoder=3, decoder=5, latent=256, summary=512),
    support=7,
    source=SOURCE,
)
SINGLE: Final = Family(
    name="rewriting-single",
    canvas=CANVAS,
    draw=single,
    tests={"one rule": single, "3 to 5 rules": draw},
    size=Size(heads=0, reach=1, encoder=3, decoder=1, latent=48),
    support=7,
    parts=RULES[1],
    source=SOURCE,
)
