"""The neural baselines as methods: what each is, and how it is trained on each suite.

Steps are fixed in advance, sized so that a run on one core takes at least 5 CPU-minutes on SCAN and
20 on HINT. Nothing was tuned on a test.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from benchmarks.baselines import training
from benchmarks.baselines.batches import Sequences
from benchmarks.baselines.decoder import Decoder
from benchmarks.baselines.lstm import LSTM
from benchmarks.baselines.pictures import PictureEmbedding
from benchmarks.baselines.pointer import Pointer
from benchmarks.baselines.tokens import (
    PAD,
    SPECIAL,
    UNKNOWN,
    Vocabulary,
    input_tokens,
    output_tokens,
    output_value,
)
from benchmarks.baselines.training import Schedule, Trace
from benchmarks.baselines.transformer import Transformer
from benchmarks.methods import Options, Predictor
from nsr.errors import InputError

CHECKED: Final = 2000
"""At most so many training and validation pairs are asked for again."""
LONGEST: Final = 300
"""Tokens of an answer that is shown; what is right is decided without this limit."""

OTHER: Final = "other"
"""Settings of a suite that is not named."""

Settings = Mapping[str, Mapping[str, Any]]
"""Suite -> options of the model and of the schedule."""

_LONG: Final = {"batch": 64, "rate": 1e-3}
_JOINT: Final = {"batch": 64, "joint": True, "mimetic": True}
_MIMETIC: Final = {"mimetic": True}
_GRIDS: Final = {"batch": 32, "rate": 1e-3}
_LSTM: Final[Settings] = {
    OTHER: {"width": 128, "layers": 1, "steps": 10_000},
    "hint": {"width": 128, "layers": 2, "steps": 32_000},
    "pcfg": {"width": 256, "layers": 1, "steps": 8000, **_LONG},
}
_TRANSFORMER: Final[Settings] = {
    OTHER: {"width": 128, "heads": 8, "encoder": 2, "decoder": 2, "steps": 6000},
    "hint": {"width": 128, "heads": 8, "encoder": 3, "decoder": 1, "steps": 22_000, **_MIMETIC},
    "pcfg": {"width": 128, "heads": 4, "encoder": 3, "decoder": 3, "steps": 6000, **_JOINT},
    "patterns": {"width": 64, "heads": 4, "encoder": 2, "decoder": 2, "steps": 8000, **_GRIDS},
}
_UNIVERSAL: Final[Settings] = {
    OTHER: {"width": 64, "heads": 4, "encoder": 3, "decoder": 3, "steps": 6000},
    "hint": {"width": 128, "heads": 8, "encoder": 3, "decoder": 1, "steps": 18_000, **_MIMETIC},
    "pcfg": _TRANSFORMER["pcfg"],
    "patterns": _TRANSFORMER["patterns"],
}
_DECODER: Final[Settings] = {
    OTHER: {"width": 64, "heads": 4, "layers": 3, "steps": 6000, "rate": 1e-3},
}

_SCHEMES: Final = ("nope", "alibi", "rotary", "t5", "absolute")
MODELS: Final[dict[str, tuple[type[nn.Module], Settings, dict[str, Any]]]] = {
    "lstm": (LSTM, _LSTM, {}),
    "pointer": (Pointer, _LSTM, {}),
    "transformer-absolute": (Transformer, _TRANSFORMER, {"scheme": "absolute"}),
    "transformer-relative": (Transformer, _TRANSFORMER, {"scheme": "relative"}),
    "transformer-universal": (Transformer, _UNIVERSAL, {"scheme": "absolute", "shared": True}),
    "transformer-relative-universal": (
        Transformer,
        _UNIVERSAL,
        {"scheme": "relative", "shared": True},
    ),
    "transformer-relative-relaxed": (
        Transformer,
        _UNIVERSAL,
        {"scheme": "relative", "shared": True, "rank": 8},
    ),
    **{f"decoder-{scheme}": (Decoder, _DECODER, {"scheme": scheme}) for scheme in _SCHEMES},
}
"""Name -> class, settings for each suite, options that make it what it is."""

NAMES: Final = tuple(MODELS)
GIVEN: Final = (
    "digits of output numbers lowest first, one token each",
    "size, learning rate and number of steps fixed in advance",
)


class Trained(Predictor):
    """A model with its vocabularies."""

    def __init__(self, model: nn.Module, reader: Reader, facts: dict[str, Any]):
        super().__init__(facts)
        self.model, self.reader = model, reader

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """See `Predictor`; greedy decoding."""
        sources = [self.reader.source(x) for x in inputs]
        self._look()
        answers = training.greedy(self.model, sources, LONGEST)
        return [self.reader.answer(tokens) for tokens in answers]

    def right(self, pairs: Sequence[tuple[Any, Any]]) -> list[bool]:
        """See `Predictor.right`; what greedy decoding would give, in one pass."""
        data = self.reader.data(pairs)
        self._look()
        return [
            good and UNKNOWN not in target
            for good, target in zip(training.right(self.model, data), data.targets, strict=True)
        ]

    def _look(self) -> None:
        if isinstance(self.model.read, PictureEmbedding):
            self.model.read.images = self.reader.pictures()


class Reader:
    """Numbers of tokens, or of pictures, of inputs and outputs.

    Args:
        train: pairs; they decide the vocabularies, and what kind of value an output is.
        joint: one vocabulary for inputs and outputs.
    """

    def __init__(self, train: Sequence[tuple[Any, Any]], *, joint: bool = False):
        if not train:
            raise InputError("no training pairs")
        self.pictured = isinstance(train[0][0][0], np.ndarray)
        self._images: list[Any] = []
        self._number: dict[int, int] = {}
        inputs = [] if self.pictured else [input_tokens(x) for x, _ in train]
        outputs = [output_tokens(y) for _, y in train]
        self.inputs = Vocabulary([*inputs, *outputs] if joint else inputs)
        self.outputs = self.inputs if joint else Vocabulary(outputs)
        self._like = next((y for _, y in train if y != ()), ())

    def source(self, x: Any) -> list[int]:
        """The numbers of an input."""
        if not self.pictured:
            return self.inputs.encode(input_tokens(x))
        for picture in x:  # arrays are kept, so that no other gets the same id
            if id(picture) not in self._number:
                self._number[id(picture)] = SPECIAL + len(self._images)
                self._images.append(picture)
        return [self._number[id(picture)] for picture in x]

    def data(self, pairs: Sequence[tuple[Any, Any]]) -> Sequences:
        """Pairs as numbers."""
        targets = [self.outputs.encode(output_tokens(y)) for _, y in pairs]
        return Sequences([self.source(x) for x, _ in pairs], targets)

    def answer(self, tokens: Sequence[int]) -> Any:
        """The output of these tokens, or `None`."""
        return output_value(self.outputs.decode(tokens), self._like)

    def pictures(self) -> torch.Tensor:
        """uint8[k, h, w]: all pictures met so far."""
        return torch.from_numpy(np.stack(self._images))

    def same(self) -> torch.Tensor:
        """int64[sources]: for each input token the output token of the same text, or `PAD`."""
        copies = [k if k >= SPECIAL else PAD for k in self.outputs.encode(self.inputs.words)]
        return torch.tensor([PAD] * SPECIAL + copies)


class NeuralMethod:
    """See the module.

    Args:
        name: one of `NAMES`.
        suite: whose settings are taken.
        seed, budget, steps, checkpoint: see `benchmarks.methods.make`.
        others: settings that replace those of the suite.
    """

    given = GIVEN

    def __init__(
        self,
        name: str,
        suite: str = OTHER,
        *,
        seed: int = 0,
        budget: float | None = None,
        steps: int | None = None,
        checkpoint: Path | None = None,
        others: Mapping[str, Any] | None = None,
    ):
        self.name = name
        self._class, by_suite, own = MODELS[name]
        found = {**by_suite.get(suite, by_suite[OTHER]), **own, **(others or {})}
        if steps is not None:
            found["steps"] = steps
        scheduled = {f.name for f in fields(Schedule)}
        self._schedule = Schedule(**{k: v for k, v in found.items() if k in scheduled})
        self._options = {k: v for k, v in found.items() if k not in scheduled}
        schedule = {f.name: getattr(self._schedule, f.name) for f in fields(Schedule)}
        self.settings: dict[str, Any] = {**self._options, **schedule}
        if budget is not None:
            self.settings["budget"] = budget
        self._seed, self._budget, self._checkpoint = seed, budget, checkpoint

    def fit(
        self, train: Sequence[tuple[Any, Any]], validation: Sequence[tuple[Any, Any]] = ()
    ) -> Trained:
        """See `Method.fit`; the last step is taken, validation pairs are only reported on."""
        reader = Reader(train, joint=self._options.get("joint", False))
        data = reader.data(train)
        torch.manual_seed(self._seed)
        model = self.model(reader)
        trace = training.train(
            model,
            data,
            self._schedule,
            seed=self._seed,
            checkpoint=self._checkpoint,
            budget=self._budget,
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )
        found = Trained(model, reader, facts(model, trace))
        if validation:
            rng = np.random.default_rng(0)
            some = [validation[i] for i in rng.permutation(len(validation))[:CHECKED]]
            found.facts["validation_exact"] = round(sum(found.right(some)) / len(some), 4)
        return found

    def model(self, reader: Reader) -> nn.Module:
        """The untrained model."""
        sources, targets = len(reader.inputs), len(reader.outputs)
        options = self._options
        if reader.pictured:
            look = PictureEmbedding(reader.pictures(), options["width"])
            return self._class(look, targets, **options)
        if self._class is Pointer:
            return Pointer(sources, targets, reader.same(), **options)
        return self._class(sources, targets, **options)


def facts(model: nn.Module, trace: Trace) -> dict[str, Any]:
    """What the record says of a training."""
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "steps_done": trace.step,
        "stopped": trace.stopped,
        "flops": float(f"{trace.flops:.4g}"),
        "cpu_seconds": round(trace.cpu_seconds, 1),
        "wall_seconds": round(trace.wall_seconds, 1),
        "losses": [list(point) for point in trace.losses],
    }


def make(name: str, suite: str, options: Options) -> NeuralMethod:
    """See `benchmarks.methods.make`."""
    return NeuralMethod(name, suite, **asdict(options))
