"""Blocks of latent networks: how far tokens see, with and without attention."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from benchmarks.baselines.in_context import InContext
from nsr.errors import InputError
from nsr.latent.blocks import Block, Size
from nsr.latent.canvas import Canvas
from nsr.latent.network import Network
from tests.latents import CANVASES, SMALL, drawn, tensors

LOCAL = replace(SMALL, heads=0, reach=1)
BOTH = replace(SMALL, reach=2)
GRID = Canvas("grids", 6, 5, 3, patch=1)


@pytest.mark.parametrize("canvas", CANVASES, ids=str)
@pytest.mark.parametrize("size", [LOCAL, BOTH], ids=["local", "both"])
def test_every_kind_of_block_fits_every_canvas(canvas: Canvas, size: Size) -> None:
    net = Network(canvas, size)
    x, y = tensors(drawn(canvas, 0, 1))
    mean, log_variance = net.encode(x[0], y[0])
    assert mean.shape == log_variance.shape == (3, size.latent)
    assert net.answers(x[0], mean).shape == x[0].shape


def test_what_is_around_a_token_is_what_a_convolution_sees() -> None:
    torch.manual_seed(0)
    high, wide = GRID.tokens
    block = Block(GRID, LOCAL)
    tokens = torch.randn(2, high * wide, LOCAL.width)
    hidden = block.up(block._around(tokens))
    # Weights of the block lie place by place, those of a convolution channel by channel.
    kernel = block.up.weight.view(-1, 3, 3, LOCAL.width).permute(0, 3, 1, 2)
    picture = tokens.view(2, high, wide, -1).permute(0, 3, 1, 2)
    wanted = F.conv2d(picture, kernel, block.up.bias, padding=1).flatten(2).transpose(1, 2)
    torch.testing.assert_close(hidden, wanted)


@pytest.mark.parametrize("blocks", [1, 2])
def test_without_attention_nothing_far_away_is_seen(blocks: int) -> None:
    torch.manual_seed(0)
    net = Network(GRID, replace(LOCAL, decoder=blocks))
    x = torch.zeros(1, 6, 5, dtype=torch.uint8)
    changed = x.clone()
    changed[0, 0, 0] = 1
    z = torch.randn(1, LOCAL.latent)
    differs = (net.decode(x, z).cells != net.decode(changed, z).cells).any(3)[0]
    inside = torch.zeros(6, 5, dtype=torch.bool)
    inside[: blocks + 1, : blocks + 1] = True
    assert torch.equal(differs, inside)


def test_pairs_meet_in_attention_though_the_family_needs_none() -> None:
    torch.manual_seed(0)
    net = InContext(GRID, replace(LOCAL, width=16))
    x, y = tensors(drawn(GRID, 1, 2, 3))
    changed = y.clone()
    changed[:, 0, 0, 0] = (y[:, 0, 0, 0] + 1) % GRID.symbols
    before, after = (net.ask(x[:, :2], side[:, :2], x[:, 2]).cells for side in (y, changed))
    assert not torch.equal(before, after)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"heads": 0}, "without heads and reach"),
        ({"reach": -1}, "reach must be 0 to"),
        ({"heads": 3}, "do not divide"),
        ({"decoder": 0}, "decoder must be 1 to"),
    ],
)
def test_sizes_have_limits(options: dict[str, int], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        replace(SMALL, **options)
