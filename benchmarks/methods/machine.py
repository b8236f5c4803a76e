"""`nsr.Machine` as a method."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np

import nsr
from benchmarks._learning import GIVEN_NUMBERS, GIVEN_PHRASES, GIVEN_PICTURES, lexicon
from benchmarks.methods import Options, Predictor
from benchmarks.suites import Pair
from nsr.data.images import ImagePairs
from nsr.errors import InputError
from nsr.render.tree import tree_svg
from nsr.values import Undefined

NAMES: Final = ("nsr-machine",)
DOMAINS: Final = {"scan": "sequences", "pcfg": "sequences", "hint": "integers"}
GIVEN: Final = {"sequences": GIVEN_PHRASES, "integers": GIVEN_NUMBERS}


def _stacked(pairs: Sequence[Pair]) -> ImagePairs:
    return ImagePairs.from_pairs((np.stack(x), y) for x, y in pairs)


class Learnt(Predictor):
    """A machine that has learnt."""

    def __init__(self, machine: nsr.Machine):
        self.machine = machine
        super().__init__({"claimed_exact": round(machine.exact_, 6), "lexicon": lexicon(machine)})

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """See `Predictor`."""
        found: list[Any]
        if inputs and not isinstance(inputs[0][0], str):
            found = self.machine.predict(_stacked([(x, 0) for x in inputs]))
        else:
            found = self.machine.predict(list(inputs))
        return found

    def tree(self, x: Any) -> str | None:
        """See `Predictor.tree`."""
        read = self.machine.explain(x)
        if isinstance(read, Undefined):
            return None
        return tree_svg(read, self.machine.show, tokens=x)


class MachineMethod:
    """See the module.

    Args:
        domain: of its outputs.
        seed, budget: see `benchmarks.methods.make`.
    """

    name = NAMES[0]

    def __init__(self, domain: str, *, seed: int = 0, budget: float | None = None):
        self.given = GIVEN[domain]
        self.settings: dict[str, Any] = {"domain": domain, "seconds": budget}
        self._seed = seed

    def fit(self, train: Sequence[Pair], validation: Sequence[Pair] = ()) -> Learnt:
        """See `Method.fit`; validation pairs choose among stages of learning from pictures."""
        machine = nsr.Machine(**self.settings, seed=self._seed)
        if isinstance(train[0][0][0], str):
            return Learnt(machine.fit(train))
        self.given = GIVEN_PICTURES
        return Learnt(machine.fit(_stacked(train), validation=_stacked(validation)))


def make(name: str, suite: str, options: Options) -> MachineMethod:
    """See `benchmarks.methods.make`."""
    if suite not in DOMAINS:
        raise InputError(f"{name} learns a language from pairs: {', '.join(DOMAINS)}; not {suite}")
    return MachineMethod(DOMAINS[suite], seed=options.seed, budget=options.budget)
