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

from nsr.abduction.kinds import KINDS, tokens_of
from nsr.data.atomic import replace_file
from nsr.data.jsonfile import read_json
from nsr.domain import get_domain
from nsr.errors import DeclinedError, InputError, NsrError
from nsr.parsing.entries import ARITY, HIDDEN, PATTERNS, Binding, Entry, Syntax
from nsr.parsing.reading import Reader
from nsr.space import load_space
from nsr.symbols import Node
from nsr.values import Undefined, Value

FORMAT: Final = "nsr-machine"
VERSION: Final = 1
FILE: Final = "machine.json"
Input: TypeAlias = str | tuple[str, ...]
"""Tokens, or text that is cut at spaces."""


class Machine:
    """Learns a language from pairs of inputs and outputs.

    Args:
        domain: the kind of outputs; "sequences" for phrases, "integers" for natural numbers.
        seed: of all randomness.
        seconds: stop learning after about this long and keep the best found.

    Attributes:
        lexicon_: the learnt entries and bindings.
        exact_: share of the training pairs whose output comes out right. Below 1 the machine
            has not understood the language, and says so here.

    Raises:
        UnknownNameError: if there is no such domain.
        DeclinedError: if the domain has no space for entries.

    >>> pairs = [("two up", "up up"), ("up", "up"), ("down", "down"), ("two down", "down down")]
    >>> machine = Machine().fit(pairs * 2)
    >>> machine.exact_, machine.predict("two two up")
    (1.0, ('up', 'up', 'up', 'up'))
    """

    def __init__(self, *, domain: str = "sequences", seed: int = 0, seconds: float | None = None):
        get_domain(domain)
        if domain not in KINDS:
            known = ", ".join(sorted(KINDS))
            raise DeclinedError(f"domain {domain!r} has no space for entries; there is: {known}")
        self.domain, self.seed, self.seconds = domain, seed, seconds
        self._kind = KINDS[domain]
        self._space = load_space(self._kind.space, domain)
        self.lexicon_: Syntax | None = None
        self.exact_ = 0.0
        self._reader: Reader | None = None

    # -- learning ----------------------------------------------------------------------------
    def fit(
        self,
        pairs: Iterable[tuple[Input, Any]],
        *,
        progress: Callable[[str], None] | None = None,
    ) -> Machine:
        """Learn from pairs; the same pairs and seed give the same machine.

        Args:
            pairs: inputs (a tuple of tokens, or text that is cut at spaces) and outputs (the same
                for phrases, numbers or decimal text for numbers).
            progress: called with a line of text after each try.

        Raises:
            InputError: if there are no pairs, or one is not made of tokens.
        """
        data = [
            (tokens_of(x, f"pair {i}"), self._kind.read(y, f"pair {i}"))
            for i, (x, y) in enumerate(pairs, 1)
        ]
        if not data:
            raise InputError("nothing to learn from: there are no pairs")
        for i, (x, _) in enumerate(data, 1):
            if not x:
                raise InputError("the input is empty", place=f"pair {i}")
        syntax, exact = self._kind.learn(
            data, self._space, seed=self.seed, seconds=self.seconds, progress=progress
        )
        self._set(syntax, exact)
        return self

    def _set(self, syntax: Syntax, exact: float) -> None:
        self.lexicon_, self.exact_ = syntax, exact
        self._reader = Reader(syntax, self._meaning, self._kind.itself)

    def _meaning(self, entry: Entry) -> Callable[..., Value]:
        return self._kind.meaning(self._space, entry)

    # -- use ---------------------------------------------------------------------------------
    def predict(self, x: Input | list[Input]) -> Any:
        """The output for one input, or the list of outputs for a list of inputs.

        Where there is no answer (an unknown word, no reading, an undefined value) it is
        `Undefined` with the reason.

        Raises:
            NsrError: if nothing has been learnt yet.
            InputError: if an input is not made of tokens.
        """
        if isinstance(x, list):
            return [self.predict(one) for one in x]
        tokens = tokens_of(x, "input")
        return self._ready().value(tokens) if tokens else Undefined("the input is empty")

    def explain(self, x: Input) -> Node | Undefined:
        """The grounded symbol tree of an input: pieces (start, end), symbols, values.

        Raises:
            NsrError: if nothing has been learnt yet.
            InputError: if the input is not made of tokens.
        """
        tokens = tokens_of(x, "input")
        return self._ready().tree(tokens) if tokens else Undefined("the input is empty")

    def _ready(self) -> Reader:
        if self._reader is None:
            raise NsrError("this machine has learnt nothing yet: call fit, or load a model")
        return self._reader

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

    # -- files -------------------------------------------------------------------------------
    def save(self, directory: str | Path) -> None:
        """Write the model into a directory, which is made if need be.

        Raises:
            NsrError: if nothing has been learnt yet.
            InputError: if the directory cannot be written.
        """
        self._ready()
        assert self.lexicon_ is not None
        plain, entries = {}, []
        for word, entry in self.lexicon_.entries.items():
            if not entry.arity:
                plain[word] = self._meaning(entry)()
                continue
            binding = self.lexicon_.bindings[word]
            entries.append(
                {
                    "word": word,
                    "pattern": entry.pattern,
                    "literal": entry.literal,
                    "program": self._space.format(entry.program),
                    "weight": entry.weight,
                    "level": binding.level,
                    "right": binding.right,
                }
            )
        model = {
            "format": FORMAT,
            "version": VERSION,
            "domain": self.domain,
            "seed": self.seed,
            "exact": self.exact_,
            "open_class": self.lexicon_.open_class,
            "plain": plain,
            "entries": entries,
        }
        try:
            Path(directory).mkdir(parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"cannot make it: {reason}", source=str(directory)) from None
        text = json.dumps(model, ensure_ascii=False, indent=1)
        replace_file(Path(directory) / FILE, text + "\n")


def load(directory: str | Path) -> Machine:
    """The machine that `Machine.save` wrote.

    Raises:
        InputError: if the directory holds no model, or a corrupt or foreign one.
    """
    path = Path(directory) / FILE
    model = read_json(path)
    try:
        return _read(model)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InputError(f"not a model: {type(error).__name__} {error}", source=str(path)) from None
    except InputError as error:
        raise InputError(f"not a model: {error}", source=str(path)) from None
    except NsrError as error:
        raise InputError(f"not a usable model: {error}", source=str(path)) from None


def _read(model: Any) -> Machine:
    if not isinstance(model, dict) or model.get("format") != FORMAT:
        raise InputError(f"expected an object with format {FORMAT!r}")
    if model["version"] != VERSION:
        raise InputError(f"expected version {VERSION}, got {model['version']!r}")
    machine = Machine(domain=model["domain"], seed=int(model["seed"]))
    space, kind = machine._space, machine._kind
    entries: dict[str, Entry] = {}
    bindings: dict[str, Binding] = {}
    for word, value in model["plain"].items():
        entries[word] = Entry(word, "w", kind.term(kind.read(value, f"word {word!r}")))
    for item in model["entries"]:
        word, pattern, literal = item["word"], item["pattern"], item["literal"]
        if pattern not in PATTERNS or not ARITY[pattern]:
            raise InputError(f"unknown pattern {pattern!r}")
        if (word == HIDDEN) != (pattern == PATTERNS[-1]) or ("v" in pattern) != bool(literal):
            raise InputError(f"pattern {pattern!r} does not fit the word {word!r}")
        if not isinstance(word, str) or word in entries:
            raise InputError(f"the word {word!r} stands twice")
        program = space.parse(item["program"], goal=kind.type, inputs=[kind.type] * ARITY[pattern])
        entries[word] = Entry(word, pattern, program, literal, float(item["weight"]))
        bindings[word] = Binding(int(item["level"]), bool(item["right"]))
    syntax = Syntax(entries, bindings, bool(model["open_class"]))
    if clash := sorted(syntax.literals & set(entries)):
        raise InputError(f"the word {clash[0]!r} is both an entry and a literal")
    machine._set(syntax, float(model["exact"]))
    return machine
