"""How attention knows where a token is: six schemes behind one interface.

A scheme may add to the embeddings (`add`), change queries and keys (`turn`), and add to the scores
(`bias`). Distances are query position minus key position. Shapes: b batch, h heads, n queries and
keys, e width of a head.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BASE: Final = 10_000.0


def waves(positions: Tensor, width: int) -> Tensor:
    """float[n, width]: sines and cosines of the positions (Vaswani et al., 2017, section 3.5)."""
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(BASE) / width))
    angles = positions[:, None].float() * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def distances(n: int) -> Tensor:
    """int64[n, n]: query position minus key position."""
    places = torch.arange(n)
    return places[:, None] - places[None, :]


class NoPositions(nn.Module):
    """NoPE: order shows only through the causal mask (Kazemnejad et al., 2305.19466)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.width, self.heads = width, heads

    def add(self, x: Tensor) -> Tensor:
        """float[b, n, width]: the embeddings with what they are to know of their places."""
        return x

    def turn(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """float[b, h, n, e] twice: queries and keys as they are to be compared."""
        return q, k

    def bias(self, q: Tensor) -> Tensor | None:
        """float[b or 1, h, n, n]: what is added to the scores of the queries, if anything."""
        return None


class Absolute(NoPositions):
    """Waves added to the embeddings, both of size 1/sqrt(width).

    The embeddings are not scaled up, which would drown the words' differences (Csordas et al.,
    2108.12284, section 3.1: position embedding downscaling).
    """

    def add(self, x: Tensor) -> Tensor:
        """See `NoPositions.add`."""
        return x + waves(torch.arange(x.shape[1]), self.width) / math.sqrt(self.width)


class Rotary(NoPositions):
    """Queries and keys turned by angles that grow with the position (Su et al., 2104.09864)."""

    def turn(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """See `NoPositions.turn`."""
        sin, cos = waves(torch.arange(q.shape[2]), q.shape[3]).to(q.dtype).chunk(2, dim=1)
        return self._turned(q, sin, cos), self._turned(k, sin, cos)

    @staticmethod
    def _turned(x: Tensor, sin: Tensor, cos: Tensor) -> Tensor:
        a, b = x.chunk(2, dim=3)
        return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=3)


class Alibi(NoPositions):
    """A penalty that grows with the distance, steeper in some heads (Press et al., 2108.12409)."""

    def bias(self, q: Tensor) -> Tensor:
        """See `NoPositions.bias`."""
        slopes = 2.0 ** (-8.0 * torch.arange(1, self.heads + 1) / self.heads)
        return -slopes[None, :, None, None] * distances(q.shape[2]).abs()


class T5Bias(NoPositions):
    """A learnt number for each head and bucket of distances (Raffel et al., 1910.10683).

    Distances below `EXACT` have a bucket each, larger ones share buckets on a logarithmic scale up
    to `FARTHEST`; all that are farther are one. As the original has one table for all layers and
    this one has a table a layer, it is a little more flexible.
    """

    BUCKETS, EXACT, FARTHEST = 32, 8, 128

    def __init__(self, width: int, heads: int):
        super().__init__(width, heads)
        self.table = nn.Embedding(self.BUCKETS, heads)
        nn.init.zeros_(self.table.weight)

    def bias(self, q: Tensor) -> Tensor:
        """See `NoPositions.bias`."""
        found: Tensor = self.table(self.buckets(distances(q.shape[2])))
        return found.permute(2, 0, 1)[None]

    def buckets(self, distance: Tensor) -> Tensor:
        """int64 of the same shape: half of the buckets look back, half look ahead."""
        half = self.BUCKETS // 2
        size = distance.abs()
        scale = (half - self.EXACT) / math.log(self.FARTHEST / self.EXACT)
        far = self.EXACT + (torch.log(size.clamp(min=1) / self.EXACT) * scale).long()
        near = torch.where(size < self.EXACT, size, far.clamp(max=half - 1))
        return near + half * (distance < 0).long()


class Relative(NoPositions):
    """Scores of distances, learnt from waves (Dai et al., Transformer-XL, 1901.02860, 3.3).

    score(i, j) = (q_i + u) k_j + (q_i + v) W r_(i-j)
    """

    def __init__(self, width: int, heads: int):
        super().__init__(width, heads)
        self.project = nn.Linear(width, width, bias=False)
        self.u = nn.Parameter(torch.zeros(heads, 1, width // heads))
        self.v = nn.Parameter(torch.zeros(heads, 1, width // heads))

    def turn(self, q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
        """See `NoPositions.turn`."""
        return q + self.u.to(q.dtype), k

    def bias(self, q: Tensor) -> Tensor:
        """See `NoPositions.bias`."""
        b, h, n, e = q.shape
        r = self.project(waves(torch.arange(n - 1, -n, -1), self.width)) / math.sqrt(e)
        r = F.pad(r.view(2 * n - 1, h, e).permute(1, 2, 0), (0, 1))
        scores = (q + self.v.to(q.dtype)) @ r.to(q.dtype)
        # Column c of row i is for the distance n - 1 - c and is wanted in column i + c - n + 1.
        flat = scores.flatten(2)[:, :, n - 1 : n - 1 + n * (2 * n - 1)]
        return flat.view(b, h, n, 2 * n - 1)[..., :n]


SCHEMES: Final[dict[str, Callable[[int, int], NoPositions]]] = {
    "nope": NoPositions,
    "absolute": Absolute,
    "rotary": Rotary,
    "alibi": Alibi,
    "t5": T5Bias,
    "relative": Relative,
}
"""Name -> scheme of a given width and number of heads."""
