"""Cells with a property that no single number per cell says: `mask` values."""

from __future__ import annotations

from nsr.domains.grids._kernel import background_of, seal
from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.shapes import enclosed_cells
from nsr.domains.grids.values import Grid, Mask, Objects
from nsr.errors import UndefinedError


@primitives(cost=0.5)
def content(grid: Grid) -> Mask:
    """Cells that are not background.

    >>> show(content(grid("012/200")))
    011/100
    """
    return seal(grid != background_of(grid))


@primitives(cost=0.5)
def enclosed(grid: Grid) -> Mask:
    """Background that cannot reach the edge through sides.

    >>> show(enclosed(grid("1110/1010/1110")))
    0000/0100/0000
    """
    return seal(enclosed_cells(grid, False))


@primitives(cost=0.5)
def covered(objects: Objects) -> Mask:
    """Cells of the objects.

    >>> show(covered(pieces(grid("1110/1010/1110"))))
    1110/1010/1110
    """
    return seal(objects.labels > 0)


@primitives(cost=0.5)
def not_(mask: Mask) -> Mask:
    """The other cells.

    >>> show(not_(content(grid("012/200"))))
    100/011
    """
    return seal(~mask)


@primitives(cost=0.5)
def both(one: Mask, two: Mask) -> Mask:
    """Cells in both masks.

    >>> show(both(content(grid("012")), content(grid("110"))))
    010
    """
    if one.shape != two.shape:
        raise UndefinedError("masks of different shape")
    return seal(one & two)
