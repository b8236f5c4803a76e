"""Files of what was learnt from pictures: the model, and the checkpoint of an unfinished training.

A model is two files. `machine.json` has the symbols, their programs as text and all weights of the
syntax; `perception.safetensors` is the network. The first names the digest of the second, so that
files of two models are never taken for one. A checkpoint is one file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from nsr.abduction.number_programs import TYPE, Function, number_term
from nsr.abduction.pictures import Checkpoint, PictureModel
from nsr.abduction.soft import SoftLexicon, Symbol
from nsr.atomic import replace_file
from nsr.data.images import ImagePairs
from nsr.errors import InputError, NsrError
from nsr.parsing.entries import ARITY, LITERAL, PATTERNS, Entry
from nsr.parsing.soft_reading import Floats, SoftSyntax
from nsr.perception.images import FILE, ImagePerception
from nsr.program import Literal, Term
from nsr.space import Space

CHECKPOINT: Final = "checkpoint.safetensors"
FILES: Final = (FILE, CHECKPOINT)
"""What learning from pictures writes beside the model."""
FORMAT: Final = "nsr-checkpoint"
VERSION: Final = 1


# -- models ----------------------------------------------------------------------------------------
def save_network(directory: str | Path, model: PictureModel) -> str:
    """Write the network; the digest of its file.

    Raises:
        InputError: if that is not possible.
    """
    raw = model.perception.encoded()
    replace_file(Path(directory) / FILE, raw)
    return hashlib.sha256(raw).hexdigest()


def load_network(directory: str | Path, digest: str) -> ImagePerception:
    """The network of this digest.

    Raises:
        InputError: if it is missing, corrupt, foreign, or another one.
    """
    perception = ImagePerception.load(directory)
    path = Path(directory) / FILE
    with open(path, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != digest:
            raise InputError("this network belongs to another model", source=str(path))
    return perception


def syntax_to_json(syntax: SoftSyntax, space: Space) -> dict[str, Any]:
    """Plain values that say everything about a syntax."""
    symbols: list[dict[str, Any]] = []
    for s, (name, entry) in enumerate(syntax.symbols.items()):
        item: dict[str, Any] = {"name": name, "prior": float(syntax.prior[s])}
        if entry is not None:
            item |= {"pattern": entry.pattern, "class": syntax.classes[s]}
            item |= {"share": float(syntax.share[s])} | _program(entry.program, space)
            if entry.arity:
                item |= {"literal": entry.literal}
                item |= {"attach": syntax.attach[s, : entry.arity].tolist()}
        symbols.append(item)
    return {"symbols": symbols, "top": syntax.top.tolist()}


def syntax_from_json(data: Mapping[str, Any], space: Space) -> SoftSyntax:
    """The syntax that these values say.

    Raises:
        InputError, KeyError, TypeError, ValueError, ProgramError: if they say none.
    """
    items = data["symbols"]
    top = _weights(data["top"], "top", (len(data["top"]),))
    symbols: dict[str, Entry | None] = {}
    attach = np.full((len(items), 2, len(top)), 1 / max(1, len(top)))
    for s, item in enumerate(items):
        name = item["name"]
        if not isinstance(name, str) or name in symbols:
            raise InputError(f"the symbol {name!r} stands twice or is no text")
        symbols[name] = None
        if "pattern" not in item:
            continue
        pattern = item["pattern"]
        if pattern not in PATTERNS or not 0 <= item["class"] < len(top):
            raise InputError(f"symbol {name!r}: unknown pattern or class")
        arity, literal = ARITY[pattern], item.get("literal")
        if (LITERAL in pattern) != (literal is not None):
            raise InputError(f"symbol {name!r}: pattern {pattern!r} does not fit its literal")
        symbols[name] = Entry(name, pattern, _term(item, arity, space), literal)
        if arity:
            attach[s, :arity] = _weights(item["attach"], name, (arity, len(top)))
    for name, entry in symbols.items():
        if entry and entry.literal and symbols.get(entry.literal, entry) is not None:
            raise InputError(f"symbol {name!r}: {entry.literal!r} is no literal")
    size = (len(items),)
    return SoftSyntax(
        symbols,
        [int(item["class"]) if "pattern" in item else -1 for item in items],
        attach,
        top,
        _weights([item.get("share", 1.0) for item in items], "share", size),
        _weights([item["prior"] for item in items], "prior", size),
    )


def _program(term: Term, space: Space) -> dict[str, Any]:
    if isinstance(term, Literal):
        return {"value": term.value}
    return {"program": space.format(term)}


def _term(item: Mapping[str, Any], arity: int, space: Space) -> Term:
    if arity:
        return space.parse(item["program"], goal=TYPE, inputs=[TYPE] * arity)
    value = item["value"]
    if type(value) is not int or value < 0:
        raise InputError(f"expected a natural number, got {value!r}")
    return number_term(value)


def _weights(values: Any, name: str, shape: tuple[int, ...]) -> Floats:
    array = np.array(values, np.float64)
    if array.shape != shape or not (np.isfinite(array).all() and (array >= 0).all()):
        raise InputError(f"{name}: expected weights of shape {shape}")
    return array


# -- checkpoints -----------------------------------------------------------------------------------
@dataclass(frozen=True)
class CheckpointFile:
    """The checkpoint of one training.

    Args:
        directory: where it lies.
        training: what tells this training from others.
        space: of programs.
    """

    directory: Path
    training: str
    space: Space

    @classmethod
    def of(
        cls,
        directory: str | Path,
        space: Space,
        seed: int,
        pairs: ImagePairs,
        validation: ImagePairs | None,
    ) -> CheckpointFile:
        """The checkpoint of a training with these pairs and this seed."""
        digest = hashlib.sha256(f"{seed} {validation is not None}".encode())
        for data in (pairs, validation):
            if data is not None:
                for array in (data.images, data.index, data.offset, data.values):
                    digest.update(str(array.shape).encode())
                    digest.update(np.ascontiguousarray(array).data)
        return cls(Path(directory), digest.hexdigest(), space)

    @property
    def path(self) -> Path:
        """Of the file."""
        return self.directory / CHECKPOINT

    def write(self, state: Checkpoint) -> None:
        """Write the file, whole or not at all.

        Raises:
            InputError: if that is not possible.
        """
        from safetensors.numpy import save

        lexicon = state.lexicon
        arrays: dict[str, npt.NDArray[Any]] = {
            "attach": lexicon.attach,
            "top": lexicon.top,
            "share": lexicon.share,
            "prior": state.prior,
        }
        now, about = state.perception.state()
        best, best_about = state.best.perception.state()
        arrays |= {f"now/{name}": array for name, array in now.items()}
        arrays |= {f"best/{name}": array for name, array in best.items()}
        for s, symbol in enumerate(lexicon.symbols):
            if symbol.arity:
                arrays[f"table/{s}"] = np.asarray(symbol.table)
        text = json.dumps(
            {
                "format": FORMAT,
                "version": VERSION,
                "training": self.training,
                "stage": state.stage,
                "rng": state.rng,
                "symbols": [self._symbol(symbol) for symbol in lexicon.symbols],
                "functions": [
                    [f.name, f.arity, self.space.format(f.term)] for f in state.functions
                ],
                "perception": about,
                "best": syntax_to_json(state.best.syntax, self.space),
                "best_perception": best_about,
                "score": state.score,
            }
        )
        replace_file(self.path, save(arrays, metadata={"about": text}))

    def read(self) -> Checkpoint:
        """The state in the file.

        Raises:
            InputError: if there is no file, it is corrupt, or of another training.
        """
        from safetensors import SafetensorError, safe_open

        path = str(self.path)
        if not self.path.exists():
            raise InputError("there is no checkpoint to go on from", source=path)
        try:
            with safe_open(path, framework="numpy") as file:
                about = json.loads((file.metadata() or {})["about"])
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if about["format"] != FORMAT or about["version"] != VERSION:
                raise InputError("another format")
            if about["training"] != self.training:
                raise InputError("it is of other pairs or another seed")
            return self._state(about, arrays)
        except OSError as error:
            raise InputError(f"cannot read: {error.strerror or error}", source=path) from None
        except NsrError as error:
            raise InputError(f"not usable: {error}", source=path) from None
        except (SafetensorError, KeyError, TypeError, ValueError, RecursionError) as error:
            text = f"not a checkpoint: {type(error).__name__} {error}"
            raise InputError(text, source=path) from None

    def _symbol(self, symbol: Symbol) -> dict[str, Any]:
        program = {} if symbol.term is None else _program(symbol.term, self.space)
        return {"pattern": symbol.pattern, "literal": symbol.literal, **program}

    def _state(self, about: Mapping[str, Any], arrays: Mapping[str, Any]) -> Checkpoint:
        symbols = []
        for s, item in enumerate(about["symbols"]):
            pattern, literal = item["pattern"], item["literal"]
            arity = ARITY[pattern] if pattern else 0
            term = _term(item, arity, self.space) if pattern else None
            table = arrays[f"table/{s}"] if arity else item.get("value", -1)
            symbols.append(Symbol(pattern, term, table, literal))
        functions = tuple(
            Function(name, self.space.parse(text, goal=TYPE, inputs=[TYPE] * arity), arity)
            for name, arity, text in about["functions"]
        )
        best = PictureModel(
            syntax_from_json(about["best"], self.space),
            _network(arrays, "best/", about["best_perception"]),
        )
        return Checkpoint(
            stage=about["stage"],
            rng=about["rng"],
            lexicon=SoftLexicon(tuple(symbols), arrays["attach"], arrays["top"], arrays["share"]),
            functions=functions,
            prior=arrays["prior"],
            perception=_network(arrays, "now/", about["perception"]),
            best=best,
            score=about["score"],
        )


def remove_checkpoint(directory: str | Path) -> None:
    """Remove the checkpoint in a directory, if there is one."""
    with contextlib.suppress(OSError):
        (Path(directory) / CHECKPOINT).unlink(missing_ok=True)


def _network(arrays: Mapping[str, Any], prefix: str, about: Mapping[str, Any]) -> ImagePerception:
    own = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
    return ImagePerception.from_state(own, about)
