"""What a trained network does to a grid, told by a latent program."""

from __future__ import annotations

from nsr.domains.grids._primitives import primitives
from nsr.domains.grids.values import Grid, freeze
from nsr.latent.program import LatentProgram


@primitives(cost=2.0)
def latent(grid: Grid, program: LatentProgram) -> Grid:
    """The output of a trained network, which a latent program steers.

    >>> latent(grid("1"), LatentProgram.parse("unknown@0000"))
    Traceback (most recent call last):
    nsr.errors.UndefinedError: latent: there is no network 'unknown'
    """
    return freeze(program.run(grid))  # type: ignore[no-any-return]
