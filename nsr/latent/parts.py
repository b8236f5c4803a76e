"""The programs that a network met in training, one for each function: parts of longer programs.

Two latent programs are one function if they give the same answers to the same inputs. What only one
set of pairs showed may be an error of the encoder; what several showed is a program of the family.
A part may also do nothing, so that programs of fewer parts are among those of many.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch import Tensor

from nsr.latent.canvas import Drawn
from nsr.latent.network import Network

PARTS: Final = 100
"""Most parts that a file may ask for."""
ASKED: Final = 100
"""Inputs by whose answers programs are told apart."""
TASKS: Final = 1500
"""Tasks of training whose programs are kept."""
SEEN: Final = 2
"""Tasks, or sets of other pairs of one, that must show a program."""
IDLE: Final = 10
"""One in so many tasks of training is to do nothing."""


def with_idle(drawn: Drawn, rng: np.random.Generator) -> Drawn:
    """Tasks, uint8[tasks, pairs, height, width], of which some are to do nothing now."""
    idle = rng.integers(IDLE, size=(len(drawn), 1, 1, 1)) == 0
    return Drawn(drawn.x, np.where(idle, drawn.x, drawn.y))


def known_programs(network: Network, x: Tensor, y: Tensor) -> Tensor:
    """The distinct programs of some tasks, those that change least first.

    Args:
        network: encodes and decodes; its weights are not changed.
        x, y: uint8[tasks, pairs, height, width] on its canvas.

    Returns:
        float32[b, latent]: for each function the mean over the tasks that showed it.
    """
    tasks, pairs = x.shape[:2]
    asked = x.flatten(0, 1)[:ASKED]
    with torch.no_grad():
        parts = zip(
            *(torch.split(side.flatten(0, 1), network.at_once) for side in (x, y)), strict=True
        )
        means = torch.cat([network.encode(*part)[0] for part in parts])
        latents = means.view(tasks, pairs, -1).mean(1)
        showed: dict[bytes, list[int]] = {}
        change: dict[bytes, float] = {}
        for task, latent in enumerate(latents):
            answers = network.answers(asked, latent.expand(len(asked), -1))
            key = answers.numpy().tobytes()
            showed.setdefault(key, []).append(task)
            change[key] = float((answers != asked).float().mean())
    # The same pairs in another order vouch for nothing new.
    sets = [
        frozenset(a.numpy().tobytes() + b.numpy().tobytes() for a, b in zip(*pair, strict=True))
        for pair in zip(x, y, strict=True)
    ]
    often = [key for key, places in showed.items() if len({sets[i] for i in places}) >= SEEN]
    often.sort(key=lambda key: change[key])
    found = [latents[showed[key]].mean(0) for key in often]
    return torch.stack(found) if found else latents[:0]
