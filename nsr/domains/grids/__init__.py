"""Grids of ten colours (ARC): the `GRIDS` domain.

Importing this package compiles its kernels the first time (they are cached on disk); nothing in
`import nsr` imports it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nsr.domain import Domain, LiteralType
from nsr.domains.grids import (
    areas,
    colors,
    combine,
    fields,
    learnt,
    moves,
    objects,
    panels,
    places,
    rays,
    repair,
    shapes,
    solved,
    tables,
    transforms,
)
from nsr.domains.grids import values as v
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.measures import PROPERTIES
from nsr.domains.grids.trials import with_trials
from nsr.errors import InputError
from nsr.latent.program import LATENT
from nsr.values import ValueType

__all__ = [
    "GRIDS",
    "areas",
    "colors",
    "combine",
    "fields",
    "learnt",
    "moves",
    "objects",
    "panels",
    "places",
    "rays",
    "repair",
    "shapes",
    "solved",
    "tables",
    "transforms",
]


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _decode_int(raw: Any) -> int:
    if not _is_int(raw):
        raise InputError(f"expected an integer, got {raw!r}")
    return int(raw)


INT = ValueType(
    name="int",
    contains=_is_int,
    fits=lambda value: -1000 <= value <= 1000,
    nbytes=lambda value: 32,
    decode=_decode_int,
)
COLOR = ValueType(
    name="color",
    contains=lambda value: _is_int(value) and 0 <= value < v.COLORS,  # type: ignore[operator]
    nbytes=lambda value: 0,
    decode=_decode_int,
)


def _property(text: str) -> str:
    if text not in PROPERTIES:
        raise ValueError(f"known: {', '.join(PROPERTIES)}")
    return text


def _feature(text: str) -> str:
    if text not in panels.FEATURES:
        raise ValueError(f"known: {', '.join(panels.FEATURES)}")
    return text


LITERALS = (
    LiteralType(
        name="COLOR", parse=int, candidates=tuple(range(10)), bounds=(0, 9), cost=lambda _: 0.5
    ),
    LiteralType(
        name="INT",
        parse=int,
        candidates=(1, 2, 3),
        bounds=(0, 30),
        cost=lambda value: 0.5 + 0.5 * (abs(value) > 3),
    ),
    LiteralType(name="PROPERTY", parse=_property, candidates=tuple(PROPERTIES), cost=lambda _: 0.5),
    LiteralType(
        name="FEATURE",
        parse=_feature,
        candidates=tuple(panels.FEATURES),
        cost=lambda _: 0.5,
    ),
    fields.DIRECTION,
    solved.COLORMAP,
    solved.TABLE,
    solved.MOSAIC,
    solved.WINDOW,
    LATENT,
)


def _sample(type_name: str, rng: Any) -> Any:
    if type_name == "color":
        return int(rng.integers(v.COLORS))
    if type_name == "int":
        return int(rng.integers(1, 5))
    height, width = (int(side) for side in rng.integers(1, 9, size=2))
    if type_name == "mask":
        return v.freeze(rng.random((height, width)) < 0.5, np.bool_)
    if type_name == "field":
        return v.freeze(rng.integers(-1, 5, size=(height, width)), np.int16)
    # Few colours and much background, so that objects have more than one cell.
    palette = np.concatenate(([0, 0, 0], rng.integers(0, v.COLORS, size=2)))
    grid = v.freeze(palette[rng.integers(0, 5, size=(height, width))])
    if type_name == "objects":
        return objects.pieces8(grid) if grid.any() and not grid.all() else objects.regions(grid)
    if type_name == "grids":
        return objects.views(objects.regions(grid))
    return grid


GRIDS = Domain(
    name="grids",
    types={t.name: t for t in (v.GRID, v.MASK, v.FIELD, v.OBJECTS, v.GRIDS, COLOR, INT)},
    primitives=with_trials(primitives.table),
    literals={literal.name: literal for literal in LITERALS},
    symmetries=transforms.POSES,
    cells=fields.CELLS,
    # Masks and fields belong to cell trees; a two-sided search is faster without them.
    caps={
        "grid": 3.5,
        "objects": 3.0,
        "grids": 3.0,
        "color": 3.0,
        "int": 3.0,
        "mask": 0.0,
        "field": 0.0,
    },
    portfolio=("cell-tree", "two-sided", "latent"),
    sample=_sample,
)
