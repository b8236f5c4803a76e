"""Small canvases and networks for the tests of latent programs."""

from __future__ import annotations

import numpy as np
import torch

from nsr.latent.blocks import Size
from nsr.latent.canvas import Canvas, Drawn
from nsr.latent.network import Network

SMALL = Size(width=8, heads=2, encoder=1, decoder=1, hidden=2, summary=16, latent=6)
CANVASES = (
    Canvas("grids", 4, 4, 3),
    Canvas("grids", 5, 3, 10),
    Canvas("grids", 3, 3, 4, patch=1),
    Canvas("sequences", 1, 7, 5, patch=3),
)


def drawn(canvas: Canvas, seed: int, tasks: int = 3, pairs: int = 3) -> Drawn:
    """Values of all sizes, at random."""
    rng = np.random.default_rng(seed)
    sides = np.full((2, tasks, pairs, canvas.height, canvas.width), canvas.void, np.uint8)
    for index in np.ndindex(2, tasks, pairs):
        high = int(rng.integers(1, canvas.height + 1))
        wide = int(rng.integers(1, canvas.width + 1))
        sides[index][:high, :wide] = rng.integers(canvas.symbols, size=(high, wide))
    return Drawn(sides[0], sides[1])


def network(canvas: Canvas, seed: int = 0) -> Network:
    torch.manual_seed(seed)
    net = Network(canvas, SMALL)
    for p in net.parameters():  # nothing stays at its zeros
        p.data += 0.2 * torch.randn_like(p)
    return net.eval().requires_grad_(False)


def tensors(data: Drawn) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.from_numpy(data.x), torch.from_numpy(data.y)
