"""The blocks of a network: how tokens learn of each other and of the latent program."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nsr.errors import InputError
from nsr.latent.canvas import Canvas


@dataclass(frozen=True)
class Size:
    """Measures of a network.

    Args:
        width: of a token.
        heads: of attention; 0 for none, where what matters is near.
        reach: how many tokens away in every direction hidden units see.
        encoder, decoder: numbers of blocks.
        hidden: hidden units of a block, as a multiple of the width.
        summary: units whose sum over all tokens the latent program is read from.
        latent: numbers of a latent program.

    Raises:
        InputError: if a measure is out of range, or the heads do not divide the width.
    """

    width: int = 64
    heads: int = 4
    encoder: int = 2
    decoder: int = 2
    hidden: int = 2
    summary: int = 256
    latent: int = 128
    reach: int = 0

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            least = 0 if name in ("heads", "reach") else 1
            if not isinstance(value, int) or not least <= value <= 4096:
                raise InputError(
                    f"size of a network: {name} must be {least} to 4096, got {value!r}"
                )
        if not self.heads and not self.reach:
            raise InputError("size of a network: without heads and reach tokens see nothing else")
        if self.heads and self.width % self.heads:
            raise InputError(f"{self.heads} heads do not divide the width {self.width}")

    def as_json(self) -> dict[str, Any]:
        """Plain values; `Size(**values)` is the size again."""
        return asdict(self)


class Block(nn.Module):
    """Attention and hidden units, both after a normalisation, added to the tokens.

    Attention knows how far tokens lie apart: each offset has a learnt bias in every head (Raffel et
    al. 2020) and a learnt vector that is added to what is heard from there (Shaw et al. 2018). So
    what is learnt at one place of the canvas holds at the others. Hidden units may also see the
    tokens around theirs, as in a convolution: local rules are learnt faster.

    Args:
        canvas: where the tokens lie.
        size: of the network.
        latent: numbers of the latent program that steers the hidden units: a shift and a scale
            before them (FiLM, Perez et al. 2018) and a gate on each; 0 for none.
    """

    def __init__(self, canvas: Canvas, size: Size, latent: int = 0):
        super().__init__()
        high, wide = canvas.tokens
        d, hidden = size.width, size.hidden * size.width
        self.heads, self.tokens = size.heads, canvas.tokens
        self.reach = min(size.reach, high - 1), min(size.reach, wide - 1)
        self.norm = nn.LayerNorm(d, elementwise_affine=False)
        if self.heads:
            self.query_key_value = nn.Linear(d, 3 * d, bias=False)
            self.attended = nn.Linear(d, d, bias=False)
            offsets = (2 * high - 1) * (2 * wide - 1)
            self.near = nn.Parameter(torch.zeros(size.heads, offsets))
            self.whence = nn.Parameter(0.02 * torch.randn(offsets, d // size.heads))
        down, across = self.reach
        self.up = nn.Linear((2 * down + 1) * (2 * across + 1) * d, hidden)
        self.down = nn.Linear(hidden, d, bias=False)
        self.film = nn.Linear(latent, 2 * d) if latent else None
        self.gate = nn.Linear(latent, hidden) if latent else None
        if self.film is not None and self.gate is not None:
            nn.init.zeros_(self.film.weight)
            nn.init.zeros_(self.film.bias)
            nn.init.zeros_(self.gate.bias)

    def forward(self, tokens: Tensor, offsets: Tensor, z: Tensor | None = None) -> Tensor:
        """One more turn for every token.

        Args:
            tokens: float[n, t, width], of one or more canvases one after the other.
            offsets: int64[t, t], places in `near`.
            z: float[n, latent], for blocks that are steered.

        Returns:
            float[n, t, width].
        """
        if self.heads:
            tokens = tokens + self._heard(self.norm(tokens), offsets)
        inner = self.norm(tokens)
        if z is None or self.film is None or self.gate is None:
            plain: Tensor = tokens + self.down(F.silu(self.up(self._around(inner))))
            return plain
        scale, shift = self.film(z)[:, None].chunk(2, -1)
        inner = self._around(inner * (1 + scale) + shift)
        inner = F.silu(self.up(inner)) * (1 + self.gate(z)[:, None])
        steered: Tensor = tokens + self.down(inner)
        return steered

    def _heard(self, tokens: Tensor, offsets: Tensor) -> Tensor:
        n, t, d = tokens.shape
        mixed = self.query_key_value(tokens)
        query, key, value = mixed.view(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(2, 3) * (d // self.heads) ** -0.5 + self.near[:, offsets]
        weights = scores.softmax(-1)
        by_place = weights.permute(2, 0, 1, 3).reshape(t, n * self.heads, t)
        offset = (by_place @ self.whence[offsets]).view(t, n, self.heads, -1)
        heard = (weights @ value).transpose(1, 2) + offset.transpose(0, 1)
        found: Tensor = self.attended(heard.reshape(n, t, d))
        return found

    def _around(self, tokens: Tensor) -> Tensor:
        # float[n, t, width] -> float[n, t, places * width]: each with the tokens around it, zero
        # where the canvas ends.
        down, across = self.reach
        if not down and not across:
            return tokens
        high, wide = self.tokens
        whole = tokens.view(-1, high, wide, tokens.shape[2])
        whole = F.pad(whole, (0, 0, across, across, down, down))
        parts = [
            whole[:, i : i + high, j : j + wide]
            for i in range(2 * down + 1)
            for j in range(2 * across + 1)
        ]
        return torch.cat(parts, 3).view(*tokens.shape[:2], -1)
