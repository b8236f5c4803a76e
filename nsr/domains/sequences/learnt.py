"""What a trained network does to a list, told by a latent program."""

from __future__ import annotations

from nsr.domain import PrimitiveSet
from nsr.domains.sequences.values import Ints
from nsr.latent.program import LatentProgram

primitives = PrimitiveSet()


@primitives(cost=2.0)
def latent(numbers: Ints, program: LatentProgram) -> Ints:
    """The output of a trained network, which a latent program steers.

    >>> latent((1, 2), LatentProgram.parse("unknown@0000"))
    Traceback (most recent call last):
    nsr.errors.UndefinedError: latent: there is no network 'unknown'
    """
    return program.run(numbers)  # type: ignore[no-any-return]
