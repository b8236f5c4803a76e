"""The network: pairs to latent programs, and an input with a latent program to an output.

After Bonnet & Macfarlane (2024, Searching Latent Program Spaces, 2411.08706), made cheap enough for
one core: a token is a patch of cells, all cells of the output are decoded at once, and the latent
program gates the decoder's hidden units in every block in place of being one more token.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from nsr.latent.blocks import Block, Size
from nsr.latent.canvas import Canvas, Cells
from nsr.threads import one_thread

AT_ONCE: Final = 4096
"""Most pairs of one pass."""
HELD: Final = 1 << 25
"""Most numbers in one tensor of a pass, 128 MiB."""


class Decoded(NamedTuple):
    """Logits of an output: of cells, float[n, height, width, symbols], and of its size.

    `rows` is float[n, height + 1] and `columns` float[n, width + 1], from 0 on.
    """

    cells: Tensor
    rows: Tensor
    columns: Tensor


class Network(nn.Module):
    """Encoder and decoder over one canvas.

    Args:
        canvas: of inputs and outputs.
        size: of the network.
    """

    offsets: Tensor

    def __init__(self, canvas: Canvas, size: Size):
        super().__init__()
        self.canvas, self.size = canvas, size
        high, wide = canvas.tokens
        seen = canvas.sides[0] * canvas.sides[1] * (canvas.symbols + 1)
        d, latent = size.width, size.latent
        self.look_input = nn.Linear(seen, d, bias=False)
        self.look_output = nn.Linear(seen, d, bias=False)
        self.look_query = nn.Linear(seen, d, bias=False)
        self.place_pair = nn.Parameter(0.02 * torch.randn(high * wide, d))
        self.place_query = nn.Parameter(0.02 * torch.randn(high * wide, d))
        self.encoder = nn.ModuleList(Block(canvas, size) for _ in range(size.encoder))
        self.decoder = nn.ModuleList(Block(canvas, size, latent) for _ in range(size.decoder))
        self.summary = nn.Linear(d, 2 * size.summary)
        self.summary_norm = nn.LayerNorm(size.summary)
        self.mean = nn.Linear(size.summary, latent)
        self.log_variance = nn.Linear(size.summary, latent)
        # A program is nearly certain at first: noise comes in when the prior asks for it.
        nn.init.zeros_(self.log_variance.weight)
        nn.init.constant_(self.log_variance.bias, -4.0)
        cells = canvas.sides[0] * canvas.sides[1]
        self.cells = nn.Linear(d, cells * canvas.symbols)
        self.rows = nn.Linear(d, canvas.height + 1)
        self.columns = nn.Linear(d, canvas.width + 1)
        self.norm = nn.LayerNorm(d, elementwise_affine=False)
        offset = torch.arange(high)[:, None] - torch.arange(high) + high - 1
        across = torch.arange(wide)[:, None] - torch.arange(wide) + wide - 1
        offsets = offset[:, None, :, None] * (2 * wide - 1) + across[None, :, None, :]
        self.register_buffer("offsets", offsets.reshape(high * wide, -1), persistent=False)

    @property
    def at_once(self) -> int:
        """How many pairs one pass may hold, on large canvases fewer."""
        high, wide = self.canvas.tokens
        tokens, size = high * wide, self.size
        around = min(2 * size.reach + 1, high) * min(2 * size.reach + 1, wide)
        each = max(size.heads * tokens, max(around, size.hidden) * size.width) * tokens
        return max(1, min(AT_ONCE, HELD // each))

    def encode(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """q(z | x, y) of single pairs: means and logarithms of variances.

        Args:
            x, y: uint8[n, height, width] on the canvas.

        Returns:
            Two of float32[n, latent].
        """
        tokens = self.look_input(self._patches(x)) + self.look_output(self._patches(y))
        tokens = tokens + self.place_pair
        for block in self.encoder:
            tokens = block(tokens, self.offsets)
        gate, value = self.summary(self.norm(tokens)).chunk(2, -1)
        # A sum, so that what one part of a pair says of the program adds to what others say.
        summary = self.summary_norm((F.silu(gate) * value).sum(1).float() * tokens.shape[1] ** -0.5)
        return self.mean(summary).float(), self.log_variance(summary).float()

    def decode(self, x: Tensor, z: Tensor) -> Decoded:
        """p(y | x, z), all cells at once.

        Args:
            x: uint8[n, height, width] on the canvas.
            z: float32[n, parts * latent], a program of one or more parts: the input of a part is
                the output of the part before it, as probabilities of symbols.
        """
        first, *others = torch.split(z, self.size.latent, 1)
        decoded = self._part(self._patches(x), first)
        for part in others:
            decoded = self._part(self._cut(self._likely(decoded)), part)
        return decoded

    def _part(self, patches: Tensor, z: Tensor) -> Decoded:
        tokens = self.look_query(patches) + self.place_query
        for block in self.decoder:
            tokens = block(tokens, self.offsets, z)
        tokens = self.norm(tokens)
        whole = tokens.mean(1)
        return Decoded(self._cells(self.cells(tokens)), self.rows(whole), self.columns(whole))

    def answers(self, x: Tensor, z: Tensor) -> Tensor:
        """The most likely outputs, uint8[n, height, width] on the canvas; see `decode`."""
        parts = zip(x.split(self.at_once), z.split(self.at_once), strict=True)  # type: ignore[no-untyped-call]
        return torch.cat([self.drawn(self.decode(*part)) for part in parts])

    def run(self, x: Cells, z: NDArray[np.float32]) -> Cells:
        """As `answers`, of arrays, on one thread and without gradients."""
        with one_thread(), torch.no_grad():
            found = self.answers(torch.from_numpy(np.ascontiguousarray(x)), torch.from_numpy(z))
        cells: Cells = found.numpy()
        return cells

    def drawn(self, decoded: Decoded) -> Tensor:
        """The most likely cells within the most likely size, uint8[n, height, width]."""
        cells, rows, columns = decoded
        drawn = cells.argmax(3)
        down, across = (torch.arange(side) for side in drawn.shape[1:])
        inside = (down < rows.argmax(1)[:, None])[:, :, None]
        inside = inside & (across < columns.argmax(1)[:, None])[:, None, :]
        return torch.where(inside, drawn, self.canvas.void).to(torch.uint8)

    def _patches(self, x: Tensor) -> Tensor:
        # uint8[n, height, width] -> float[n, tokens, cells * (symbols + 1)], one-hot.
        hot = F.one_hot(x.long(), self.canvas.symbols + 1)
        return self._cut(hot.to(self.place_pair.dtype))

    def _cut(self, state: Tensor) -> Tensor:
        # float[n, height, width, symbols + 1] -> float[n, tokens, cells * (symbols + 1)].
        (high, wide), (h, w) = self.canvas.tokens, self.canvas.sides
        down, across = high * h - state.shape[1], wide * w - state.shape[2]
        if down or across:
            state = F.pad(state, (0, 0, 0, across, 0, down))
            # What is beyond the canvas is outside the value, too.
            state[:, self.canvas.height :, :, self.canvas.void] = 1
            state[:, :, self.canvas.width :, self.canvas.void] = 1
        parts = state.view(-1, high, h, wide, w, state.shape[3]).transpose(2, 3)
        return parts.reshape(len(state), high * wide, -1)

    def _likely(self, decoded: Decoded) -> Tensor:
        # Probabilities of every cell's symbols, and of its being outside, as of `_cut`.
        rows, columns = (
            side.float().softmax(1).flip(1).cumsum(1).flip(1)[:, 1:] for side in decoded[1:]
        )
        inside = (rows[:, :, None] * columns[:, None])[..., None]
        symbols = decoded.cells.float().softmax(3)
        return torch.cat([inside * symbols, 1 - inside], 3)

    def _cells(self, logits: Tensor) -> Tensor:
        # float[n, tokens, cells * symbols] -> float[n, height, width, symbols].
        (high, wide), (h, w) = self.canvas.tokens, self.canvas.sides
        cells = logits.view(-1, high, wide, h, w, self.canvas.symbols).transpose(2, 3)
        whole = cells.reshape(-1, high * h, wide * w, self.canvas.symbols)
        return whole[:, : self.canvas.height, : self.canvas.width]
