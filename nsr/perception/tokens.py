"""Perception of tokens: each word is its own symbol, or a noisy copy of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from nsr.errors import InputError
from nsr.perception.protocol import Reading


class Tokens:
    """A channel that hands on a word, or with some probability any other word instead.

    Args:
        vocabulary: all words.
        noise: probability that a word was replaced by one drawn evenly from the vocabulary.

    Raises:
        InputError: if the noise is not at least 0 and below 1.

    >>> Tokens(["a", "b"]).read(["b"])
    [{'b': 1.0}]
    >>> Tokens(["a", "b"], noise=0.5).read(["b"])
    [{'b': 0.75, 'a': 0.25}]
    """

    def __init__(self, vocabulary: Iterable[str], noise: float = 0.0):
        if not 0.0 <= noise < 1.0:
            raise InputError(f"noise must be at least 0 and below 1, got {noise!r}")
        self.vocabulary = tuple(dict.fromkeys(vocabulary))
        self.noise = noise

    def read(self, pieces: Sequence[str], *, top: int | None = None) -> Reading:
        """p(symbol | word) with an even prior; a word that is not in the vocabulary is itself."""
        return [self._one(word, top) for word in pieces]

    def _one(self, word: str, top: int | None) -> Mapping[str, float]:
        if not self.noise or word not in self.vocabulary:
            return {word: 1.0}
        share = self.noise / len(self.vocabulary)
        symbols = {word: 1.0 - self.noise + share}
        symbols.update((other, share) for other in self.vocabulary if other != word)
        return symbols if top is None else dict(list(symbols.items())[:top])
