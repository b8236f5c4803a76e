"""The neural-symbolic recursive machine: perception, syntax and meaning learnt from pairs.

After Li et al., "A neural-symbolic recursive machine for systematic generalization" (2022, 2024):
a grounded symbol system is learnt by deduction and abduction from inputs and outputs alone. Other
than there, arities, word order, silent words and binding are not given but learnt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from nsr.abduction.kinds import KINDS, tokens_of
from nsr.abduction.pictures import PictureModel
from nsr.atomic import make_folder, replace_file
from nsr.data import picture_models, word_models
from nsr.data.images import ImagePairs, all_pictures, image_pairs, some_pairs
from nsr.data.jsonfile import read_json
from nsr.domain import get_domain
from nsr.errors import DeclinedError, InputError, NsrError
from nsr.parsing.entries import Entry, Syntax
from nsr.parsing.reading import Reader
from nsr.parsing.soft_reading import DECODINGS, Decoding, SoftReader, SoftSyntax
from nsr.seeds import check_seed
from nsr.space import load_space
from nsr.symbols import Node
from nsr.values import Undefined, Value

FORMAT: Final = "nsr-machine"
VERSION: Final = 1
FILE: Final = "machine.json"
PICTURES: Final = "pictures"
CHECKED: Final = 2_000
"""Training pairs of pictures on which `exact_` is measured."""

Input: TypeAlias = str | tuple[str, ...] | npt.NDArray[np.uint8]
"""Tokens, or text that is cut at spaces, or a row of pictures as uint8[n, h, w]."""


class Machine:
    """Learns a language from pairs of inputs and outputs.

    Args:
        domain: the kind of outputs; "sequences" for phrases, "integers" for natural numbers.
        seed: of all randomness.
        seconds: stop learning after about this long and keep the best found; the limit holds in the
            main thread only, as it needs a timer signal.
        noise: share of pairs of phrases with a wrong output, from 0 to below 0.5; `None` if not
            known. For numbers it is always estimated.
        decoding: of pictures: "joint" chooses symbols and tree together, "hard" takes the most
            probable symbol of each picture first.
        attachment: of pictures: whether the learnt attachment weights count in reading.

    Attributes:
        lexicon_: the learnt entries, with bindings for words, with weights for pictures.
        exact_: share of the distinct training pairs whose output comes out right, for pictures of
            a sample of 2,000. Below 1 the machine has not understood the language, and says so.
        complete_: of pictures: whether the last stage of learning was reached before time ran out.

    Raises:
        UnknownNameError: if there is no such domain.
        DeclinedError: if the domain has no space for entries.
        InputError: if seed, seconds or noise are out of range, or there is no such decoding.

    >>> pairs = [("two up", "up up"), ("up", "up"), ("down", "down"), ("two down", "down down")]
    >>> machine = Machine().fit(pairs * 2)
    >>> machine.exact_, machine.predict("two two up")
    (1.0, ('up', 'up', 'up', 'up'))
    """

    def __init__(
        self,
        *,
        domain: str = "sequences",
        seed: int = 0,
        seconds: float | None = None,
        noise: float | None = None,
        decoding: Decoding = "joint",
        attachment: bool = True,
    ):
        get_domain(domain)
        if domain not in KINDS:
            known = ", ".join(sorted(KINDS))
            raise DeclinedError(f"domain {domain!r} has no space for entries; there is: {known}")
        if noise is not None and not 0 <= noise < 0.5:
            raise InputError(f"expected a noise from 0 to below 0.5, got {noise!r}")
        real = (int, float, np.integer, np.floating)
        number = isinstance(seconds, real) and not isinstance(seconds, bool)
        if seconds is not None and not (number and seconds > 0):
            raise InputError(f"expected seconds above 0, got {seconds!r}")
        check_seed(seed)
        if decoding not in DECODINGS:
            raise InputError(f"expected a decoding of {', '.join(DECODINGS)}, got {decoding!r}")
        self.domain, self.seed, self.seconds, self.noise = domain, seed, seconds, noise
        self.decoding, self.attachment = decoding, attachment
        self._kind = KINDS[domain]
        self._space = load_space(self._kind.space, domain)
        self.lexicon_: Syntax | SoftSyntax | None = None
        self.exact_ = 0.0
        self.complete_ = False
        self._reader: Reader | None = None
        self._model: PictureModel | None = None
        self._soft: SoftReader | None = None

    # -- learning ----------------------------------------------------------------------------
    def fit(
        self,
        pairs: ImagePairs | Iterable[tuple[Input, Any]],
        *,
        validation: ImagePairs | Iterable[tuple[Input, Any]] | None = None,
        checkpoint: str | Path | None = None,
        resume: bool = False,
        progress: Callable[[str], None] | None = None,
    ) -> Machine:
        """Learn from pairs; the same pairs and seed give the same machine.

        Args:
            pairs: inputs and outputs. Inputs are words (a tuple of tokens, or text that is cut at
                spaces), or all of them are rows of pictures (uint8[n, h, w]). Outputs are the
                same as words for phrases, numbers or decimal text for numbers.
            validation: pairs of pictures that choose among the stages of learning.
            checkpoint: a directory where the state is kept after each stage of learning from
                pictures. `save` into the same directory removes it when learning is complete.
            resume: go on from there; the same pairs and seed give what an uninterrupted run would.
            progress: called with a line of text now and then.

        Raises:
            InputError: if there are no pairs, one is of another kind than the others or not what
                it must be, or there is no fitting checkpoint.
            DeclinedError: if such outputs cannot be learnt from pictures.
            NsrError: if time ran out before anything was learnt.
        """
        given = pairs if isinstance(pairs, ImagePairs) else list(pairs)
        if not len(given):
            raise InputError("nothing to learn from: there are no pairs")
        if not isinstance(given, ImagePairs):
            for i, pair in enumerate(given, 1):
                if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                    text = f"expected an input and an output, got {str(pair)[:40]!r}"
                    raise InputError(text, place=f"pair {i}")
        if isinstance(given, ImagePairs) or all_pictures([x for x, _ in given], "pair"):
            return self._fit_pictures(given, validation, checkpoint, resume, progress)
        if validation is not None or checkpoint is not None or resume:
            raise InputError("validation pairs and checkpoints are for pairs of pictures only")
        data = [
            (tokens_of(x, f"pair {i}"), self._kind.read(y, f"pair {i}"))
            for i, (x, y) in enumerate(given, 1)
        ]
        for i, (x, _) in enumerate(data, 1):
            if not x:
                raise InputError("the input is empty", place=f"pair {i}")
        syntax, exact = self._kind.learn(
            data,
            self._space,
            seed=self.seed,
            seconds=self.seconds,
            noise=self.noise,
            progress=progress,
        )
        self._set(syntax, exact)
        return self

    def extend(
        self,
        pairs: ImagePairs | Iterable[tuple[Input, Any]],
        *,
        rehearsal: ImagePairs | Iterable[tuple[Input, Any]] | None = None,
        validation: ImagePairs | Iterable[tuple[Input, Any]] | None = None,
        progress: Callable[[str], None] | None = None,
    ) -> Machine:
        """Learn on from pairs of pictures that hold symbols not known yet.

        What is known keeps its name and its program; weights and perception are trained further.
        `exact_` is measured on the new pairs.

        Args:
            pairs: rows of pictures and their outputs.
            rehearsal: pairs of known symbols, so that these are not forgotten.
            validation: pairs that choose among the stages of learning.
            progress: called with a line of text now and then.

        Raises:
            NsrError: if nothing has been learnt yet, or time ran out before anything was.
            DeclinedError: if the machine reads words: it learns old and new pairs together.
            InputError: if there are no pairs, or the pictures are of another size.
        """
        if self._model is None or self._kind.more_pictures is None:
            self._ready()
            raise DeclinedError("words are learnt together: fit a machine to old and new pairs")
        sets = [some_pairs(part) for part in (pairs, rehearsal, validation)]
        if sets[0] is None:
            raise InputError("nothing to learn from: there are no pairs")
        for part in sets:
            if part is not None and part.images.shape[1:] != self._model.perception.shape:
                raise InputError("the pictures have another size than those learnt from")
        model = self._kind.more_pictures(
            sets[0],
            self._model,
            self._space,
            seed=self.seed,
            seconds=self.seconds,
            progress=progress,
            rehearsal=sets[1],
            validation=sets[2],
        )
        self._set_model(model, 0.0)
        self.exact_ = self._share_right(sets[0])
        return self

    def _fit_pictures(
        self,
        pairs: Any,
        validation: Any,
        checkpoint: str | Path | None,
        resume: bool,
        progress: Callable[[str], None] | None,
    ) -> Machine:
        if self._kind.pictures is None:
            known = ", ".join(name for name, kind in sorted(KINDS.items()) if kind.pictures)
            raise DeclinedError(
                f"domain {self.domain!r} does not learn from pictures; there is: {known}"
            )
        train = image_pairs(pairs)
        chosen = None if validation is None else image_pairs(validation)
        if chosen is not None and not len(chosen):
            raise InputError("there are no pairs for validation")
        if chosen is not None and chosen.images.shape[1:] != train.images.shape[1:]:
            raise InputError("the pictures for validation have another size than the others")
        file, state = None, None
        if checkpoint is not None:
            make_folder(checkpoint)
            file = picture_models.CheckpointFile.of(
                checkpoint, self._space, self.seed, train, chosen
            )
        if resume:
            if file is None:
                raise InputError("nothing to go on from: there is no directory of a checkpoint")
            state = file.read()
        model = self._kind.pictures(
            train,
            self._space,
            seed=self.seed,
            seconds=self.seconds,
            progress=progress,
            validation=chosen,
            checkpoint=None if file is None else file.write,
            resume=state,
        )
        self._set_model(model, 0.0)
        self.exact_ = self._share_right(train)
        return self

    def _share_right(self, pairs: ImagePairs) -> float:
        rows = np.random.default_rng(self.seed).permutation(len(pairs))[:CHECKED]
        sample = pairs.select(np.sort(rows))
        values = self.predict(sample)
        hits = sum(v == y for v, y in zip(values, sample.values.tolist(), strict=True))
        return int(hits) / len(sample)

    def _set(self, syntax: Syntax, exact: float) -> None:
        self.lexicon_, self.exact_, self.complete_ = syntax, exact, True
        self._reader = Reader(syntax, self._meaning, self._kind.itself)
        self._model = self._soft = None

    def _set_model(self, model: PictureModel, exact: float) -> None:
        self.lexicon_, self.exact_, self.complete_ = model.syntax, exact, model.complete
        self._model, self._reader = model, None
        self._soft = SoftReader(
            model.syntax,
            model.perceive,
            self._meaning,
            decoding=self.decoding,
            attachment=self.attachment,
        )

    @property
    def model_(self) -> PictureModel | None:
        """What was learnt from pictures, perception included; `None` for words."""
        return self._model

    def _meaning(self, entry: Entry) -> Callable[..., Value]:
        return self._kind.meaning(self._space, entry)

    # -- use ---------------------------------------------------------------------------------
    def predict(self, x: Input | list[Any] | ImagePairs) -> Any:
        """The output for one input, or the list of outputs for a list of inputs.

        Where there is no answer (an unknown word, no reading, an undefined value) it is
        `Undefined` with the reason.

        Args:
            x: words or a row of pictures, whichever was learnt; a list of such; or pairs of
                pictures, of which only the inputs are looked at.

        Raises:
            NsrError: if nothing has been learnt yet.
            InputError: if an input is not what was learnt.
        """
        if self._soft is not None:
            if isinstance(x, ImagePairs):
                return self._soft.values_of(x.images, x.index, x.offset)
            if isinstance(x, list):
                rows = [self._row(one, f"input {i}") for i, one in enumerate(x, 1)]
                return self._soft.values(rows)
            return self._soft.value(self._row(x, "input"))
        reader = self._ready()
        if isinstance(x, list):
            return [self.predict(tuple(one) if isinstance(one, list) else one) for one in x]
        tokens = _words(x)
        return reader.value(tokens) if tokens else Undefined("the input is empty")

    def explain(self, x: Input) -> Node | Undefined:
        """The grounded symbol tree of an input: pieces (start, end), symbols, values.

        Raises:
            NsrError: if nothing has been learnt yet.
            InputError: if the input is not what was learnt.
        """
        if self._soft is not None:
            return self._soft.tree(self._row(x, "input"))
        reader = self._ready()
        tokens = _words(x)
        return reader.tree(tokens) if tokens else Undefined("the input is empty")

    def _row(self, x: object, place: str) -> npt.NDArray[np.uint8]:
        assert self._model is not None
        high, wide = self._model.perception.shape
        got = type(x).__name__
        if isinstance(x, np.ndarray):
            if x.dtype == np.uint8 and x.ndim == 3 and x.shape[1:] == (high, wide):
                return x
            got = f"{x.dtype}{list(x.shape)}"
        raise InputError(
            f"this machine reads pictures: expected uint8[n, {high}, {wide}], got {got}",
            place=place,
        )

    def _ready(self) -> Reader:
        if self._reader is None:
            raise NsrError("this machine has learnt nothing yet: call fit, or load a model")
        return self._reader

    @property
    def uses_noise(self) -> bool:
        """Whether learning takes a share of wrong outputs, rather than to estimate it."""
        return self._kind.noise

    def program(self, word: str) -> str:
        """The text of a word's program."""
        assert self.lexicon_ is not None
        return self._space.format(self.lexicon_.entries[word].program)

    def show(self, value: Value) -> str:
        """The text of an output; `Undefined` says why there is none."""
        if isinstance(value, Undefined):
            return f"no answer: {value.reason}"
        return self._kind.show(value)

    def read(self, text: str, place: str) -> Value:
        """The output that a text stands for.

        Raises:
            InputError: if it stands for none.
        """
        return self._kind.read(text, place)

    def __getstate__(self) -> dict[str, Any]:
        """What was given and learnt; the functions that read with it are made again."""
        made = {"_kind", "_space", "_reader", "_soft"}
        return {name: value for name, value in vars(self).items() if name not in made}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """The machine of a state."""
        vars(self).update(state, _reader=None, _soft=None)
        self._kind = KINDS[self.domain]
        self._space = load_space(self._kind.space, self.domain)
        if self._model is not None:
            self._set_model(self._model, self.exact_)
        elif isinstance(self.lexicon_, Syntax):
            self._set(self.lexicon_, self.exact_)

    # -- files -------------------------------------------------------------------------------
    def save(self, directory: str | Path) -> None:
        """Write the model into a directory, which is made if need be.

        Raises:
            NsrError: if nothing has been learnt yet.
            InputError: if the directory cannot be written.
        """
        if self._model is None:
            self._ready()
        make_folder(directory)
        model: dict[str, Any] = {
            "format": FORMAT,
            "version": VERSION,
            "domain": self.domain,
            "seed": self.seed,
            "exact": self.exact_,
        }
        if self._model is None:
            assert isinstance(self.lexicon_, Syntax)
            model |= word_models.syntax_to_json(self.lexicon_, self._kind, self._space)
        else:
            model |= {
                "input": PICTURES,
                "decoding": self.decoding,
                "attachment": self.attachment,
                "complete": self.complete_,
                "network": picture_models.save_network(directory, self._model),
                **picture_models.syntax_to_json(self._model.syntax, self._space),
            }
        text = json.dumps(model, ensure_ascii=False, indent=1)
        replace_file(Path(directory) / FILE, text + "\n")
        if self._model is not None and self.complete_:
            picture_models.remove_checkpoint(directory)


def check_model(directory: str | Path, *, pictures: bool) -> None:
    """Make the directory of a model and try its files, before time is spent on learning.

    Raises:
        InputError: if `Machine.save` could not write them.
    """
    make_folder(directory, (FILE, *picture_models.FILES) if pictures else (FILE,))


def load(directory: str | Path) -> Machine:
    """The machine that `Machine.save` wrote.

    Raises:
        InputError: if the directory holds no model, or a corrupt or foreign one.
    """
    path = Path(directory) / FILE
    model = read_json(path)
    try:
        machine = _read(model)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"not a model: {type(error).__name__} {error}", source=str(path)) from None
    except InputError as error:
        raise InputError(f"not a model: {error}", source=str(path)) from None
    except NsrError as error:
        raise InputError(f"not a usable model: {error}", source=str(path)) from None
    if isinstance(machine.lexicon_, SoftSyntax):
        network = picture_models.load_network(directory, model["network"])
        if network.symbols != len(machine.lexicon_.symbols):
            raise InputError("not a model: it does not fit its network", source=str(path))
        found = PictureModel(machine.lexicon_, network, machine.complete_)
        machine._set_model(found, machine.exact_)
    return machine


def _read(model: Any) -> Machine:
    """The machine, with pictures still without its network."""
    if not isinstance(model, dict) or model.get("format") != FORMAT:
        raise InputError(f"expected an object with format {FORMAT!r}")
    if model["version"] != VERSION:
        raise InputError(f"expected version {VERSION}, got {model['version']!r}")
    if "input" not in model:
        machine = Machine(domain=model["domain"], seed=int(model["seed"]))
        syntax = word_models.syntax_from_json(model, machine._kind, machine._space)
        machine._set(syntax, float(model["exact"]))
        return machine
    if model["input"] != PICTURES or not isinstance(model["network"], str):
        raise InputError(f"expected input {PICTURES!r} and the digest of a network")
    machine = Machine(
        domain=model["domain"],
        seed=int(model["seed"]),
        decoding=model["decoding"],
        attachment=bool(model["attachment"]),
    )
    machine.lexicon_ = picture_models.syntax_from_json(model, machine._space)
    machine.exact_, machine.complete_ = float(model["exact"]), bool(model["complete"])
    return machine


def _words(x: object) -> tuple[str, ...]:
    if isinstance(x, (np.ndarray, ImagePairs)):
        raise InputError("this machine reads words, got pictures", place="input")
    return tokens_of(x, "input")
