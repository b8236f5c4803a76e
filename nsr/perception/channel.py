"""Channels: what each kind of piece may be, learnt from what readings made of it.

Every channel starts knowing nothing of a new symbol: its emission is flat, and the posterior of
readings with the right value says which pieces it is. Tokens and images differ only in how that
posterior is generalised, by counting or by a network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from nsr.perception.images import ImagePerception

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]


class Channel(Protocol):
    """p(symbol | kind of piece) for K kinds and S symbols."""

    @property
    def symbols(self) -> int:
        """How many symbols have been learnt; later ones are flat."""
        ...

    def beliefs(self, kinds: Ints) -> Floats:
        """float[n, S] for some kinds."""
        ...

    def novelty(self, kinds: Ints) -> Floats:
        """float[n] in 0..1: how well a piece could be a symbol that is not known yet."""
        ...

    def learn(self, kinds: Ints, posterior: Floats, *, effort: int) -> None:
        """Take in what positions turned out to be.

        Args:
            kinds: int64[T], the piece at each position.
            posterior: float[T, S], of its symbol; S may be larger than before. Rows of zeros
                say nothing.
            effort: 0 for a first idea, 1 for a round in between, 2 for the last.
        """
        ...


class TokenChannel:
    """Words as noisy symbols: a table of counts.

    Args:
        kinds: number of words.

    >>> channel = TokenChannel(2)
    >>> channel.learn(np.array([0, 0, 1]), np.array([[1.0, 0], [1, 0], [0, 1]]), effort=0)
    >>> channel.beliefs(np.array([0, 1])).round(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    LEAST = 1e-3
    """A smaller probability of a symbol is taken as nothing."""

    def __init__(self, kinds: int):
        self._table = np.zeros((kinds, 0))

    @property
    def symbols(self) -> int:
        """How many symbols have been learnt."""
        return self._table.shape[1]

    def beliefs(self, kinds: Ints) -> Floats:
        """float[n, S]; even for words without evidence."""
        return np.asarray(self._table[kinds])

    def novelty(self, kinds: Ints) -> Floats:
        """float[n]: a word that is surely one symbol is hardly another one (perplexity / S)."""
        if not self.symbols:
            return np.ones(len(kinds))
        table = self._table[kinds]
        entropy = -(table * np.log(np.where(table > 0, table, 1.0))).sum(axis=1)
        return np.asarray(np.exp(entropy) / self.symbols)

    def learn(self, kinds: Ints, posterior: Floats, *, effort: int) -> None:
        """Count what each word turned out to be; words without evidence are any symbol."""
        counts = np.zeros((len(self._table), posterior.shape[1]))
        np.add.at(counts, kinds, posterior)
        total = counts.sum(axis=1, keepdims=True)
        table = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
        table[table < self.LEAST] = 0.0
        table[total[:, 0] <= 0] = 1.0
        self._table = table / table.sum(axis=1, keepdims=True)


class ImageChannel:
    """Pictures: what one is shows in all its uses, and a network carries it on to others.

    Args:
        images: uint8[K, h, w], the kinds of pieces.
        seed: of the network.
        rate: factor of its learning rate.
    """

    WIDTHS = (8, 16, 32)
    EPOCHS = (20, 6, 10)
    """Of the network, by effort."""

    DOUBT = 0.05
    """Share of the network's own belief that is mixed into every posterior."""

    def __init__(self, images: npt.NDArray[np.uint8], *, seed: int = 0, rate: float = 1.0):
        self.images = images
        self.seed, self.rate = seed, rate
        self.perception: ImagePerception | None = None
        self._known = np.zeros((len(images), 0))
        self._fresh = np.zeros(len(images), bool)

    @property
    def symbols(self) -> int:
        """How many symbols have been learnt."""
        return 0 if self.perception is None else self.perception.symbols

    def beliefs(self, kinds: Ints) -> Floats:
        """float[n, S]."""
        assert self.perception is not None
        missing = np.unique(kinds[~self._fresh[kinds]])
        if len(missing):
            self._known[missing] = np.exp(self.perception.log_probabilities(self.images[missing]))
            self._fresh[missing] = True
        return np.asarray(self._known[kinds])

    def novelty(self, kinds: Ints) -> Floats:
        """float[n]: halves. A network is as sure of what it never saw as of what it knows."""
        return np.full(len(kinds), 0.5)

    def learn(self, kinds: Ints, posterior: Floats, *, effort: int) -> None:
        """Train the network on the product of what a picture's uses say."""
        from nsr.perception.images import ImagePerception

        told = posterior.sum(axis=1) > 0
        pieces, place = np.unique(kinds[told], return_inverse=True)
        targets = self._pooled(pieces, place, posterior[told])
        # A network that went further already stays as it is.
        width = max(self.WIDTHS[effort], self.perception.width if self.perception else 0)
        height, breadth = self.images.shape[1:]
        shape, count = (int(height), int(breadth)), posterior.shape[1]
        if self.perception is None or self.perception.width != width:
            self.perception = ImagePerception(shape, count, seed=self.seed, width=width)
        self.perception.grow(count)
        self.perception.fit(
            self.images[pieces],
            targets.astype(np.float32),
            epochs=self.EPOCHS[effort],
            rate=self.rate,
        )
        self._known = np.zeros((len(self.images), count))
        self._fresh[:] = False

    def take(self, perception: ImagePerception) -> None:
        """Go on with a network that was trained before."""
        self.perception = perception
        self._known = np.zeros((len(self.images), perception.symbols))
        self._fresh[:] = False

    def _pooled(self, pieces: Ints, place: Ints, posterior: Floats) -> Floats:
        """float[m, S]: belief times the product of the messages of all uses of a piece."""
        own = np.zeros((len(pieces), posterior.shape[1]))
        own[:] = posterior.mean(axis=0)
        if self.symbols:
            share = own[:, : self.symbols].sum(axis=1, keepdims=True)
            own[:, : self.symbols] = self.beliefs(pieces) * share
        own = np.maximum(own, 1e-6)
        mixed = (1 - self.DOUBT) * posterior + self.DOUBT * own[place]
        logs = np.log(own)
        np.add.at(logs, place, np.log(mixed) - np.log(own)[place])
        logs -= logs.max(axis=1, keepdims=True)
        pooled = np.exp(logs)
        return np.asarray(pooled / pooled.sum(axis=1, keepdims=True))
