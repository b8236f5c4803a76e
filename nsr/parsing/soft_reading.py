"""A soft syntax at work: from pictures to the best tree, its symbols chosen with it.

Which symbol a picture shows and how the symbols hang together are decided at once: the heaviest
reading of the chart wins, not the most probable symbol of each picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from nsr.errors import UndefinedError
from nsr.parsing.chart import Grammar, Reading, Strings, decode
from nsr.parsing.entries import HEAD, LITERAL, SLOT, Entry
from nsr.symbols import Node
from nsr.values import Undefined, Value

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Pictures: TypeAlias = npt.NDArray[np.uint8]
Decoding: TypeAlias = Literal["joint", "hard"]

DECODINGS: Final = ("joint", "hard")
EMPTY: Final = "the input is empty"
NO_READING: Final = "no reading"
_LEAST: Final = 1e-9
_AT_ONCE: Final = 100_000


@dataclass(frozen=True, eq=False)
class SoftSyntax:
    """A lexicon whose bindings are weights.

    Args:
        symbols: name -> entry of S symbols, in the order of their numbers; `None` for a symbol
            that only closes or parts the arguments of another.
        classes: (S) class of a node that a symbol heads; -1 for those only literal.
        attach: float[S, 2, C], p(class of argument | symbol, slot).
        top: float[C], p(class of the whole).
        share: float[S], p(symbol | class).
        prior: float[S], how frequent a symbol is among the pieces.
    """

    symbols: Mapping[str, Entry | None]
    classes: Sequence[int]
    attach: Floats
    top: Floats
    share: Floats
    prior: Floats

    @property
    def entries(self) -> dict[str, Entry]:
        """Name -> entry of all symbols that can be nodes."""
        return {name: entry for name, entry in self.symbols.items() if entry is not None}

    def grammar(self, *, attachment: bool = True) -> Grammar:
        """What the chart reads with; the values of nodes do not matter to it.

        Args:
            attachment: whether the learnt attachment weights count; else all are alike.
        """
        number = {name: s for s, name in enumerate(self.symbols)}
        entries = list(self.symbols.values())
        tables = [
            0 if not e or not e.arity else np.zeros((1,) * e.arity, np.int32) for e in entries
        ]
        even = np.full_like(self.attach, 1 / len(self.top))
        return Grammar(
            patterns=[entry.pattern if entry else "" for entry in entries],
            literals=[number[e.literal] if e and e.literal else -1 for e in entries],
            classes=self.classes,
            tables=tables,
            attach=self.attach if attachment else even,
            top=self.top,
            share=self.share,
        )


class SoftReader:
    """Reads rows of pictures with a soft syntax.

    Args:
        syntax: symbols and weights.
        perceive: uint8[m, h, w] -> float[m, S], p(symbol | picture).
        meaning: entry -> function of its arguments' values, which may raise `UndefinedError`.
        decoding: "joint" chooses symbols and tree together, "hard" takes the most probable symbol
            of each picture and then the best tree over these.
        attachment: whether the learnt attachment weights count.
    """

    def __init__(
        self,
        syntax: SoftSyntax,
        perceive: Callable[[Pictures], Floats],
        meaning: Callable[[Entry], Callable[..., Value]],
        *,
        decoding: Decoding = "joint",
        attachment: bool = True,
    ):
        self.syntax = syntax
        self._perceive, self._decoding = perceive, decoding
        self._grammar = syntax.grammar(attachment=attachment)
        self._entries = list(syntax.symbols.values())
        self._arity = [0 if e is None else e.arity for e in self._entries]
        self._meanings = [meaning(e) if e is not None and e.arity else None for e in self._entries]
        self._plain = {s: meaning(e)() for s, e in enumerate(self._entries) if e and not e.arity}

    def value(self, x: Pictures) -> Value | Undefined:
        """The value of one input, or why there is none."""
        return self.values([x])[0]

    def values(self, inputs: Sequence[Pictures]) -> list[Value | Undefined]:
        """The values of many inputs, uint8[n, h, w] each, read in one go."""
        offset = np.cumsum([0, *map(len, inputs)], dtype=np.int64)
        known: dict[bytes, int] = {}
        index = [known.setdefault(piece.tobytes(), len(known)) for x in inputs for piece in x]
        if not index:
            return [Undefined(EMPTY) for _ in inputs]
        shape = next(x.shape[1:] for x in inputs if len(x))
        images = np.frombuffer(b"".join(known), np.uint8).reshape(-1, *shape)
        return self.values_of(images, np.array(index, np.int64), offset)

    def values_of(self, images: Pictures, index: Ints, offset: Ints) -> list[Value | Undefined]:
        """The values of inputs that share pictures.

        Args:
            images: uint8[m, h, w].
            index: int64[T], for every position of every input a row of `images`.
            offset: int64[N + 1], input i has the positions offset[i] to offset[i + 1].
        """
        used, place = np.unique(index, return_inverse=True)
        beliefs = self._perceive(images[used])
        found: list[Value | Undefined] = []
        start, count = 0, len(offset) - 1
        while start < count:
            # So many inputs that their positions fit into memory, one at least.
            within = int(np.searchsorted(offset, offset[start] + _AT_ONCE, side="right")) - 1
            stop = min(count, max(start + 1, within))
            own = slice(int(offset[start]), int(offset[stop]))
            readings = self._readings(beliefs[place[own]], offset[start : stop + 1] - own.start)
            found += [self._value(reading) for reading in readings]
            start = stop
        return found

    def tree(self, x: Pictures) -> Node | Undefined:
        """The grounded symbol tree of one input: pieces are (start, end) of its pictures.

        A node's probability is that of its own pictures' symbols, p(symbol | picture): of the
        head, times that of what closes or parts its arguments.
        """
        if not len(x):
            return Undefined(EMPTY)
        beliefs = self._perceive(x)
        reading = self._readings(beliefs, np.array([0, len(x)]))[0]
        return self._tree(reading, beliefs)

    # -- steps -------------------------------------------------------------------------------
    def _readings(self, beliefs: Floats, offset: Ints) -> list[Reading]:
        emissions = beliefs / np.maximum(self.syntax.prior, _LEAST)
        if self._decoding == "hard":
            emissions = np.eye(beliefs.shape[1])[beliefs.argmax(axis=1)]
        full = np.flatnonzero(np.diff(offset))
        found = [Reading(-np.inf, [], np.empty(0, np.int32))] * (len(offset) - 1)
        # Without the empty inputs the others still lie one after the other.
        strings = Strings(np.concatenate(([0], offset[full + 1])).astype(np.int64))
        if len(full):
            best = decode(strings, emissions.astype(np.float32), self._grammar)
            for i, reading in zip(full.tolist(), best, strict=True):
                found[i] = reading
        return found

    def _apply(self, symbol: int, arguments: Sequence[Value]) -> Value:
        meaning = self._meanings[symbol]
        return self._plain[symbol] if meaning is None else meaning(*arguments)

    def _value(self, reading: Reading) -> Value | Undefined:
        if not reading.steps:
            return _silent(reading)
        stack: list[Value] = []
        try:
            for s, _ in reading.steps:
                cut = len(stack) - self._arity[s]
                stack[cut:] = [self._apply(s, stack[cut:])]
        except UndefinedError as error:
            return Undefined(str(error))
        return stack[-1]

    def _tree(self, reading: Reading, beliefs: Floats) -> Node | Undefined:
        if not reading.steps:
            return _silent(reading)
        stack: list[Node] = []
        try:
            for s, at in reading.steps:
                entry = self._entries[s]
                assert entry is not None
                cut = len(stack) - entry.arity
                children = tuple(stack[cut:])
                piece, probability = _ground(entry, at, children), 1.0
                for t in _own(piece, children):
                    probability *= float(beliefs[t, reading.symbols[t]])
                value = self._apply(s, [child.value for child in children])
                stack[cut:] = [Node(piece, entry.shape, value, min(1.0, probability), children)]
        except UndefinedError as error:
            return Undefined(str(error))
        return stack[-1]


def _silent(reading: Reading) -> Undefined:
    return Undefined(NO_READING if len(reading.symbols) else EMPTY)


def _ground(entry: Entry, at: int, children: Sequence[Node]) -> tuple[int, int]:
    """The positions of a node whose head stands at a place."""
    pattern = entry.pattern
    start = children[0].piece[0] if pattern.startswith(SLOT) else at
    if pattern.endswith(SLOT):
        return start, children[-1].piece[1]
    if pattern.endswith(HEAD):
        return start, at + 1
    assert pattern.endswith(LITERAL)
    return start, children[-1].piece[1] + 1


def _own(piece: tuple[int, int], children: Sequence[Node]) -> list[int]:
    """The positions of a node that belong to none of its arguments."""
    covered = {t for child in children for t in range(*child.piece)}
    return [t for t in range(*piece) if t not in covered]
