"""Latent programs in the text of programs: `latent(x0, patterns@1f03e8...)`.

The literal is the name of a network and the numbers of a latent program, so an answer that a
network found can be written down, read back and applied to other inputs like any other program.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from nsr.domain import LiteralType
from nsr.errors import InputError, UndefinedError, UnknownNameError
from nsr.latent.store import load_network
from nsr.values import Value

GRAIN: Final = 1 / 256
"""Numbers are multiples of it, two bytes each: from -128 to 128."""
STORED: Final = np.dtype(">i2")
NOISE: Final = 0.25
"""Standard deviation to which a number matters."""


@dataclass(frozen=True)
class LatentProgram:
    """A point in the space of a network.

    Args:
        network: its name, see `nsr.latent.store`.
        numbers: in units of `GRAIN`, each of two bytes.
    """

    network: str
    numbers: tuple[int, ...]

    @classmethod
    def of(cls, network: str, latent: NDArray[np.float32]) -> LatentProgram:
        """The nearest program to float32[latent]."""
        least, most = np.iinfo(STORED).min, np.iinfo(STORED).max
        numbers = np.clip(np.rint(latent / GRAIN), least, most).astype(int)
        return cls(network, tuple(numbers.tolist()))

    @property
    def latent(self) -> NDArray[np.float32]:
        """float32[latent]."""
        return np.array(self.numbers, np.float32) * np.float32(GRAIN)

    @property
    def bits(self) -> float:
        """What the numbers say above the noise (Shannon's formula for a Gaussian channel)."""
        return sum(0.5 * math.log2(1 + (n * GRAIN / NOISE) ** 2) for n in self.numbers)

    def __str__(self) -> str:
        return f"{self.network}@{np.array(self.numbers, STORED).tobytes().hex()}"

    @classmethod
    def parse(cls, text: str) -> LatentProgram:
        """The program of that text.

        Raises:
            ValueError: if it is none.

        >>> LatentProgram.parse("patterns@00ff")
        LatentProgram(network='patterns', numbers=(255,))
        """
        network, _, digits = text.partition("@")
        numbers = np.frombuffer(bytes.fromhex(digits), STORED)
        return cls(network, tuple(numbers.tolist()))

    def run(self, value: Value) -> Value:
        """The output for a grid or a sequence.

        Raises:
            UndefinedError: if the value does not fit the canvas of the network, there is no such
                network, or the parts of its programs have another number of numbers.
        """
        try:
            solver = load_network(self.network)
        except UnknownNameError:
            raise UndefinedError(f"latent: there is no network {self.network!r}") from None
        network = solver.network_
        assert network is not None
        if not self.numbers or len(self.numbers) % network.size.latent:
            raise UndefinedError(
                f"latent: {self.network} has programs of {network.size.latent} numbers a part, "
                f"got {len(self.numbers)}"
            )
        try:
            cells = network.canvas.draw(value)
        except InputError as error:
            raise UndefinedError(f"latent: {error}") from None
        return network.canvas.value(network.run(cells[None], self.latent[None])[0])


def _bits(program: Any) -> float:
    return float(program.bits)


LATENT: Final = LiteralType(
    name="LATENT", parse=LatentProgram.parse, format=str, cost=_bits, learnt=True
)
