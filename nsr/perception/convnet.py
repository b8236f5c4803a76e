"""A small convolutional network for pictures of single symbols, trained on soft targets.

Import this module only where it is used: it loads torch. Everything runs on one thread and draws
from its own generators, so that one seed gives the same weights.

The fixed first layers are a blur, which makes strokes of one pixel about three pixels wide, and one
bilinear resampling to `Plan.side`. The resampling also turns, shears, scales and shifts the picture
at random while training, so augmentation costs next to nothing. Then comes a convolution with
a large kernel and stride, then 3x3 convolutions, all with batch normalisation (Ioffe and Szegedy
2015), in stages that halve the picture, and a linear layer.

Where the processor multiplies matrices of bfloat16 (AMX), the convolutions use that: half the time,
no measurable loss. Elsewhere everything is float32. Weights are float32 in both cases.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

Weights: TypeAlias = dict[str, Tensor]

BATCH = 128
PEAK_RATE = 4e-3
DECAY = 0.02
MOMENTUM = 0.1
EPSILON = 1e-5
TURN, SHEAR, STRETCH, SHIFT = math.radians(12), 0.2, 0.15, 0.06
"""Largest turn (radians), shear, change of scale, and shift (share of the side) while training."""
GAIN = (1.4, 3.0)
"""Factors of brightness before it is cut at 1: faint strokes look thin, bright ones thick."""
CHUNK = 1024


@dataclass(frozen=True)
class Plan:
    """The network's measures.

    Args:
        side: of the resampled picture, in pixels.
        kernel: side of the first layer's kernel.
        stride: of the first layer.
        stages: channels of the layers of each stage; the picture is halved between stages.
    """

    side: int
    kernel: int
    stride: int
    stages: tuple[tuple[int, ...], ...]

    @property
    def features(self) -> int:
        """The number of inputs of the linear layer."""
        side = -(-self.side // self.stride)
        for _ in self.stages[1:]:
            side //= 2
        pooled = -(-side // 2)
        return self.stages[-1][-1] * pooled * pooled


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread inside, as before outside."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def generator(*numbers: int) -> torch.Generator:
    """A source of randomness for these numbers."""
    seed = np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(seed >> np.uint64(1)))


def new_weights(plan: Plan, symbols: int, source: torch.Generator) -> Weights:
    """Weights at the start (He et al. 2015); the linear layer is zero: all symbols alike."""
    weights: Weights = {}
    before, number = 1, 0
    for stage in plan.stages:
        for width in stage:
            side = 3 if number else plan.kernel
            scale = math.sqrt(2.0 / (side * side * before))
            kernel = torch.randn(width, before, side, side, generator=source) * scale
            weights[f"conv{number}"] = kernel
            weights[f"scale{number}"] = torch.ones(width)
            weights[f"shift{number}"] = torch.zeros(width)
            weights[f"mean{number}"] = torch.zeros(width)
            weights[f"variance{number}"] = torch.ones(width)
            before, number = width, number + 1
    weights["linear"] = torch.zeros(symbols, plan.features)
    weights["bias"] = torch.zeros(symbols)
    return weights


def grown(weights: Weights, symbols: int) -> Weights:
    """More outputs: the old ones keep their odds, each new one gets their mean logit everywhere."""
    result = dict(weights)
    for name in ("linear", "bias"):
        old = weights[name] - weights[name].mean(0)
        result[name] = torch.cat([old, old.new_zeros(symbols - len(old), *old.shape[1:])])
    return result


def blurred(images: NDArray[np.uint8]) -> Tensor:
    """uint8[n, h, w] blurred with the kernel (1 2 1) in both directions, at half brightness."""
    kernel = torch.tensor([1.0, 2.0, 1.0])
    kernel = (kernel[:, None] * kernel).view(1, 1, 3, 3) / 8
    result = torch.empty(images.shape, dtype=torch.uint8)
    for start in range(0, len(images), CHUNK):
        part = torch.from_numpy(images[start : start + CHUNK]).float().unsqueeze(1)
        part = F.conv2d(part, kernel, padding=1).squeeze(1)
        result[start : start + CHUNK] = part.clamp_(max=255).byte()
    return result


def affine(count: int, source: torch.Generator, strength: float = 1.0) -> tuple[Tensor, Tensor]:
    """Random maps float32[count, 2, 3] of the picture's coordinates, and brightness factors."""

    def spread(size: float) -> Tensor:
        return (torch.rand(count, generator=source) * 2 - 1) * (size * strength)

    turn, shear = spread(TURN), spread(SHEAR)
    wide, high = 1 + spread(STRETCH), 1 + spread(STRETCH)
    cos, sin = torch.cos(turn), torch.sin(turn)
    rows = [cos * wide, (shear - sin) * high, 2 * spread(SHIFT)]
    rows += [sin * wide, cos * high, 2 * spread(SHIFT)]
    middle, half = (GAIN[0] + GAIN[1]) / 2, (GAIN[1] - GAIN[0]) / 2
    return torch.stack(rows, 1).view(count, 2, 3), middle + spread(half)


def resampled(images: Tensor, maps: Tensor, gains: Tensor, side: int) -> Tensor:
    """float32[n, 1, side, side] in 0..1 from blurred uint8[n, h, w]."""
    grid = F.affine_grid(maps, [len(images), 1, side, side], align_corners=False)
    # One pixel of margin, so that the wider strokes at the border are not cut.
    grid = grid * (1 + 2 / min(images.shape[1:]))
    result = F.grid_sample(images.unsqueeze(1).float(), grid, align_corners=False)
    return (result * (gains.view(-1, 1, 1, 1) / 255)).clamp_(max=1.0)


def logits(plan: Plan, weights: Weights, x: Tensor, *, training: bool) -> Tensor:
    """float32[n, symbols] of resampled pictures; training updates the running statistics."""
    with torch.autocast("cpu", torch.bfloat16, enabled=half_precision()):
        x = _convolved(plan, weights, x, training)
    x = F.avg_pool2d(x, 2, ceil_mode=True).flatten(1).float()
    return F.linear(x, weights["linear"], weights["bias"])


def _convolved(plan: Plan, weights: Weights, x: Tensor, training: bool) -> Tensor:
    x = x.contiguous(memory_format=torch.channels_last)
    number = 0
    for level, stage in enumerate(plan.stages):
        if level:
            x = F.max_pool2d(x, 2)
        for _ in stage:
            kernel = weights[f"conv{number}"]
            stride = 1 if number else plan.stride
            x = F.conv2d(x, kernel, stride=stride, padding=kernel.shape[-1] // 2)
            x = F.batch_norm(
                x,
                weights[f"mean{number}"],
                weights[f"variance{number}"],
                weights[f"scale{number}"],
                weights[f"shift{number}"],
                training,
                MOMENTUM,
                EPSILON,
            )
            x = F.relu_(x)
            number += 1
    return x


@cache
def half_precision() -> bool:
    """Whether the processor has fast products of bfloat16 matrices."""
    report = getattr(torch.cpu, "get_capabilities", None)  # torch older than 2.9 has none
    return report is not None and bool(report().get("amx_bf16"))


def train(
    plan: Plan,
    weights: Weights,
    images: Tensor,
    targets: Tensor,
    importance: Tensor,
    *,
    epochs: int,
    source: torch.Generator,
    progress: Callable[[str], None] | None = None,
) -> Weights:
    """Weights after `epochs` passes: AdamW, one cycle of the learning rate, random affine maps.

    Args:
        plan: the network.
        weights: where to start.
        images: blurred uint8[n, h, w].
        targets: float32[n, symbols], rows that sum to 1.
        importance: float32[n], of mean 1.
        epochs: at least 1.
        source: of all randomness.
        progress: called with a line of text after each pass.
    """
    weights = {name: value.clone() for name, value in weights.items()}
    learnt = [n for n in weights if not n.startswith(("mean", "variance"))]
    for name in learnt:
        value = weights[name]
        if value.ndim == 4:
            value = value.contiguous(memory_format=torch.channels_last)
        weights[name] = value.requires_grad_()
    kernels = [weights[n] for n in learnt if weights[n].ndim > 1]
    others = [weights[n] for n in learnt if weights[n].ndim == 1]
    groups = [{"params": kernels, "weight_decay": DECAY}, {"params": others, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=PEAK_RATE, fused=True)
    batches = max(1, len(images) // BATCH)
    step, last = 0, epochs * batches
    for epoch in range(epochs):
        order = torch.randperm(len(images), generator=source)
        total = 0.0
        for rows in torch.tensor_split(order, batches):
            for group in optimizer.param_groups:
                group["lr"] = PEAK_RATE * _cycle((step + 0.5) / last)
            maps, gains = affine(len(rows), source)
            x = resampled(images[rows], maps, gains, plan.side)
            scores = F.log_softmax(logits(plan, weights, x, training=True), 1)
            loss = -(importance[rows] * (targets[rows] * scores).sum(1)).mean()
            optimizer.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            optimizer.step()
            total += loss.item()
            step += 1
        if progress is not None:
            progress(f"epoch {epoch + 1} of {epochs}: loss {total / batches:.4f}")
    return {name: value.detach().contiguous() for name, value in weights.items()}


def _cycle(share: float) -> float:
    # Up for the first fifth, then down along a cosine.
    if share < 0.2:
        return 0.1 + 0.9 * share / 0.2
    return 0.5 * (1 + math.cos(math.pi * (share - 0.2) / 0.8))


@torch.no_grad()
def log_probabilities(plan: Plan, weights: Weights, images: Tensor, views: int) -> Tensor:
    """float32[n, symbols]; with views, log of the mean over the picture and its variants."""
    parts = []
    plain = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    gain = torch.tensor([(GAIN[0] + GAIN[1]) / 2])
    maps, gains = affine(views - 1, generator(views), 0.5)
    maps, gains = torch.cat([plain[None], maps]), torch.cat([gain, gains])
    for part in torch.split(images, CHUNK):
        seen = []
        for one, bright in zip(maps, gains, strict=True):
            x = resampled(part, one.expand(len(part), 2, 3), bright.expand(len(part)), plan.side)
            seen.append(F.log_softmax(logits(plan, weights, x, training=False), 1))
        parts.append(torch.logsumexp(torch.stack(seen), 0) - math.log(views))
    return torch.cat(parts)
