"""The training loop of all baselines: fixed steps, last step, resumable, the same for a seed.

No early stopping and no choice by i.i.d. loss: generalisation goes on rising after that is flat
(Csordas et al., 2108.12284, section 3.2).
"""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn import functional as F

from benchmarks.baselines import batches
from benchmarks.baselines.batches import Sequences
from benchmarks.baselines.pictures import PictureEmbedding
from benchmarks.baselines.tokens import END, PAD, SPECIAL, START
from nsr.atomic import replace_file
from nsr.errors import InputError

LOSSES: Final = 10
"""How many points of the loss curve are kept."""
SAVED_EVERY: Final = 30.0
"""CPU seconds between checkpoints."""
EVALUATED: Final = 256
"""Sequences in a batch that is only evaluated."""
WEIGHTS, MOMENTS, RANDOM, STATE = "weights.", "moments.", "random", "state"
"""Names in a checkpoint."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast.

    Args:
        steps: updates.
        batch: sequences in one.
        rate: largest learning rate, after `warm` steps of linear growth.
        flat: share of the steps after which the rate falls linearly to `least` times the largest.
        clip: largest norm of the gradient.
        bf16: whether matrix products are computed in bfloat16.
    """

    steps: int
    batch: int = 128
    rate: float = 2e-3
    warm: int = 200
    flat: float = 0.3
    least: float = 0.02
    clip: float = 1.0
    bf16: bool = True

    def at(self, step: int) -> float:
        """The learning rate of a step, from 0."""
        start = self.steps * self.flat
        fall = 1 - (1 - self.least) * max(0.0, step - start) / max(1.0, self.steps - start)
        return self.rate * min(1.0, (step + 1) / self.warm) * fall


@dataclass
class Trace:
    """How training went.

    Args:
        step: updates done.
        cpu_seconds, wall_seconds: of this process, over all parts of an interrupted run.
        flops: about 6 for each weight and token, padding included, attention scores left out
            (Kaplan et al., 2001.08361, section 2.1).
        losses: [step, CPU seconds, mean loss since the last point in nats per token].
        stopped: "steps" or "budget".
    """

    step: int = 0
    cpu_seconds: float = 0.0
    wall_seconds: float = 0.0
    flops: float = 0.0
    losses: list[tuple[int, float, float]] = field(default_factory=list)
    stopped: str = "steps"


def train(
    model: nn.Module,
    data: Sequences,
    schedule: Schedule,
    *,
    seed: int,
    checkpoint: Path | None = None,
    budget: float | None = None,
    saved_every: float = SAVED_EVERY,
    say: Callable[[str], object] = lambda text: None,
) -> Trace:
    """Train a model in place.

    Args:
        model: source int64[b, n], target int64[b, m] -> logits float[b, m, V]; has `applied()`.
        data: what to learn.
        schedule: how long and how fast.
        seed: of the batches and of dropout; the model's weights come from outside.
        checkpoint: file to go on from and to save to.
        budget: CPU seconds after which training ends before its last step.
        saved_every: CPU seconds between checkpoints.
        say: gets a line for each point of the loss curve.

    Raises:
        InputError: if there is nothing to learn, or the checkpoint is of another model.
    """
    if not len(data):
        raise InputError("no training pairs")
    optimiser = torch.optim.AdamW(
        model.parameters(), lr=schedule.rate, betas=(0.9, 0.98), weight_decay=0.0, fused=True
    )
    torch.manual_seed(seed)
    trace = Trace()
    if checkpoint is not None and checkpoint.exists():
        trace = restore(checkpoint, model, optimiser)
    before, lasted = trace.cpu_seconds, trace.wall_seconds
    began, clock = time.process_time(), time.monotonic()
    saved = began
    stream = itertools.islice(
        batches.stream(data, schedule.batch, seed), trace.step, schedule.steps
    )
    total, count = torch.zeros(()), 0
    model.train()
    for rows in stream:
        source, (read, said) = batches.sources(data, rows), batches.targets(data, rows)
        for group in optimiser.param_groups:
            group["lr"] = schedule.at(trace.step)
        loss = loss_of(model, source, read, said, bf16=schedule.bf16)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), schedule.clip)
        optimiser.step()
        total, count = total + loss.detach(), count + 1
        trace.step += 1
        trace.flops += flops(model, source, read)
        now = time.process_time()
        trace.cpu_seconds = before + now - began
        trace.wall_seconds = lasted + time.monotonic() - clock
        if trace.step % max(1, schedule.steps // LOSSES) == 0:
            point = (trace.step, round(trace.cpu_seconds, 1), round(float(total) / count, 5))
            trace.losses.append(point)
            total, count = torch.zeros(()), 0
            say(f"step {point[0]}, {point[1]} CPU-s, loss {point[2]}")
        if checkpoint is not None and now - saved > saved_every:
            preserve(checkpoint, model, optimiser, trace)
            saved = now
        if budget is not None and trace.cpu_seconds > budget and trace.step < schedule.steps:
            trace.stopped = "budget"
            break
    model.eval()
    return trace


def flops(model: nn.Module, source: Tensor, read: Tensor) -> float:
    """About what a step of training takes, see `Trace`."""
    source_weights, target_weights = model.applied()  # type: ignore[operator]
    found = float(source_weights * source.numel() + target_weights * read.numel())
    if isinstance(model.read, PictureEmbedding):  # looks at each picture of a batch once
        found += model.read.applied() * int((torch.unique(source) >= SPECIAL).sum())
    return 6.0 * found


def loss_of(model: nn.Module, source: Tensor, read: Tensor, said: Tensor, *, bf16: bool) -> Tensor:
    """Mean cross-entropy of what is to be said, in nats per token; padding does not count."""
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        logits = model(source, read)
    return F.cross_entropy(logits.float().flatten(0, 1), said.flatten(), ignore_index=PAD)


# -- checkpoints ---------------------------------------------------------------------------------
def preserve(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer, trace: Trace) -> None:
    """Write all that training needs to go on, as one safetensors file, whole or not at all."""
    tensors = {WEIGHTS + name: p.detach() for name, p in model.named_parameters()}
    for place, moments in optimiser.state_dict()["state"].items():
        tensors |= {f"{MOMENTS}{place}.{name}": value for name, value in moments.items()}
    tensors[RANDOM] = torch.get_rng_state()
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {name: value.contiguous().clone() for name, value in tensors.items()}
    replace_file(path, save(whole, {STATE: json.dumps(asdict(trace))}))


def restore(path: Path, model: nn.Module, optimiser: torch.optim.Optimizer) -> Trace:
    """Read what `preserve` wrote.

    Raises:
        InputError: if the file cannot be read or belongs to another model.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            state: dict[str, Any] = json.loads(file.metadata()[STATE])
        named = dict(model.named_parameters())
        if {WEIGHTS + name for name in named} != {n for n in tensors if n.startswith(WEIGHTS)}:
            raise InputError(
                "checkpoint of another model; delete it to train anew", source=str(path)
            )
        with torch.no_grad():
            for name, parameter in named.items():
                parameter.copy_(tensors[WEIGHTS + name])
        moments: dict[int, dict[str, Tensor]] = {}
        for name, value in tensors.items():
            if name.startswith(MOMENTS):
                place, _, kind = name.removeprefix(MOMENTS).partition(".")
                moments.setdefault(int(place), {})[kind] = value
        groups = optimiser.state_dict()["param_groups"]
        optimiser.load_state_dict({"state": moments, "param_groups": groups})
        torch.set_rng_state(tensors[RANDOM])
        return Trace(**state)
    except (OSError, SafetensorError, KeyError, ValueError, RuntimeError, TypeError) as error:
        raise InputError(f"cannot go on: {error}", source=str(path)) from None


# -- use -----------------------------------------------------------------------------------------
@torch.inference_mode()
def right(model: nn.Module, data: Sequences) -> list[bool]:
    """Whether greedy decoding gives exactly the target and then the end, for every sequence.

    Each token is compared with the most probable one after the target's own tokens. All of them
    agree just if greedy decoding gives the target: up to the first difference it reads the same.
    """
    found = [False] * len(data)
    for rows in batches.chunks(data, EVALUATED):
        read, said = batches.targets(data, rows)
        best = model(batches.sources(data, rows), read).argmax(2)
        for row, good in zip(rows, ((best == said) | (said == PAD)).all(1).tolist(), strict=True):
            found[row] = good
    return found


@torch.inference_mode()
def greedy(model: nn.Module, sources: Sequence[Sequence[int]], longest: int) -> list[list[int]]:
    """The most probable token after the other, up to the end or so many tokens."""
    found: list[list[int]] = [[] for _ in sources]
    data = Sequences(sources, [[]] * len(sources))
    for rows in batches.chunks(data, EVALUATED):
        source = batches.sources(data, rows)
        said = torch.full((len(rows), 1), START)
        ended = torch.zeros(len(rows), dtype=torch.bool)
        while said.shape[1] <= longest and not ended.all():
            last = model(source, said)[:, -1].argmax(1)
            said = torch.cat([said, last[:, None]], dim=1)
            ended |= last == END
        for row, tokens in zip(rows, said[:, 1:].tolist(), strict=True):
            found[row] = tokens[: tokens.index(END)] if END in tokens else tokens
    return found
