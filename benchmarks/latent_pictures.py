"""Pictures of latent programs: the space, and the path of one search through it."""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.latent.families import Family, get_family, names
from benchmarks.pictures import FOLDER
from nsr.atomic import replace_file
from nsr.errors import InputError
from nsr.latent.canvas import Canvas, Cells
from nsr.latent.network import Network
from nsr.latent.search import Gradient, Support
from nsr.latent.solver import LatentSolver
from nsr.latent.store import load_network

NAME: Final = "latent-pictures"
DESCRIPTION: Final = "drawings of a latent space and of a search in it, into docs/pictures"

TASKS, PAIRS, SHOWN = 8, 24, 3
TRIED: Final = 200
STEPS: Final = 20
SEEN: Final = (0, 2, 5, 20)
"""Steps whose output is drawn."""
FINE: Final = 41
"""Points of a side of the map of likelihoods."""
MARKERS: Final = "os^Dvp*X"


def run(arguments: Sequence[str]) -> None:
    """Draw both pictures of a network.

    Raises:
        InputError: if the network is not of the family, or a file cannot be written.
        UnknownNameError: for a family or network that does not exist.
    """
    parser = argparse.ArgumentParser(prog=f"benchmarks run {NAME}", description=DESCRIPTION)
    parser.add_argument("--family", default="pattern-3", help=", ".join(names()))
    parser.add_argument("--network", default="patterns", help="name, or file of `LatentSolver`")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to write the drawings")
    options = parser.parse_args(arguments)
    family, path = get_family(options.family), Path(options.network)
    solver = LatentSolver.load(path) if path.suffix else load_network(options.network)
    network = solver.network_
    assert network is not None
    if network.canvas != family.canvas:
        raise InputError(f"this network is not of the family {family.name}")
    options.folder.mkdir(parents=True, exist_ok=True)
    for name, figure in (
        ("latent-space", space(family, network)),
        ("latent-search", path_of_search(family, network)),
    ):
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None})
        replace_file(options.folder / f"{name}.svg", text.getvalue())
        print(options.folder / f"{name}.svg")


def space(family: Family, network: Network) -> Any:
    """Latents of single pairs in the plane of their largest spread, one sign for each task."""
    test = next(iter(family.tests.values()))
    drawn = test(np.random.default_rng(3), TASKS, PAIRS)
    means = Support(network, *map(torch.from_numpy, (drawn.x, drawn.y))).means.numpy()
    flat = means.reshape(-1, means.shape[2])
    axes, middle, share = _plane(flat)
    figure, panel = _figure(5.2, 4.2)
    for task, marker in zip(means, MARKERS, strict=True):
        spots = (task - middle) @ axes
        panel.scatter(*spots.T, s=14, marker=marker, facecolors="none", edgecolors="0.45", lw=0.7)
        panel.scatter(*spots.mean(0), s=90, marker=marker, color="black")
    panel.set_title(f"{TASKS} programs, {PAIRS} pairs each (filled: their mean)", fontsize=9)
    panel.set_xlabel(f"first axis, {share[0]:.0%} of the spread", fontsize=8)
    panel.set_ylabel(f"second axis, {share[1]:.0%}", fontsize=8)
    return figure


def path_of_search(family: Family, network: Network) -> Any:
    """Likelihood of three pairs around the path of gradient ascent, and outputs along it.

    Of the tasks least like training the one is drawn whose first output has most wrong cells.
    """
    test = list(family.tests.values())[-1]
    drawn = test(np.random.default_rng(3), TRIED, SHOWN + 1)
    x, y = torch.from_numpy(drawn.x), torch.from_numpy(drawn.y)
    first = network.answers(x[:, -1], Support(network, x[:, :-1], y[:, :-1]).start)
    number = int((first != y[:, -1]).flatten(1).sum(1).argmax())
    x, y = x[number : number + 1], y[number : number + 1]
    support = Support(network, x[:, :-1], y[:, :-1])
    visited = Gradient(STEPS).search(support, torch.Generator())
    path = visited.latents[0].numpy()
    axes, middle, _ = _plane(path)
    spots = (path - middle) @ axes
    low, high = spots.min(0), spots.max(0)
    margin = 0.4 * (high - low).max()
    sides = [np.linspace(a - margin, b + margin, FINE) for a, b in zip(low, high, strict=True)]
    across, down = np.meshgrid(*sides)
    around = middle + np.stack([across, down], -1).reshape(-1, 2) @ axes.T
    with torch.no_grad():
        scores = support.scores(torch.from_numpy(around.astype(np.float32))[None])[0]
    heights = -np.log10(-scores.view(FINE, FINE).numpy() + 1e-6)
    figure, panel = _figure(9.0, 3.6, columns=1 + len(SEEN) + 1, first=3.2)
    panel[0].contourf(across, down, heights, levels=14, cmap="Greys_r")
    panel[0].plot(*spots.T, "o-", color="white", mec="black", ms=3.5, lw=1)
    panel[0].plot(*spots[0], "s", color="white", mec="black", ms=8)
    panel[0].plot(*spots[-1], "*", color="white", mec="black", ms=13)
    panel[0].set_title("likelihood of the pairs (light: high)", fontsize=8)
    panel[0].tick_params(labelsize=7)
    for place, step in enumerate(SEEN, 1):
        found = network.run(x[:, -1].numpy(), path[step : step + 1])[0]
        wrong = int((found != y[0, -1].numpy()).sum())
        _grid(panel[place], network.canvas, found, f"step {step}: {wrong} wrong")
    _grid(panel[-1], network.canvas, y[0, -1].numpy(), "wanted")
    return figure


def _plane(points: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Two axes as columns, the middle, and each axis' share of the variance."""
    middle = points.mean(0)
    _, sizes, rows = np.linalg.svd(points - middle, full_matrices=False)
    return rows[:2].T, middle, (sizes**2 / (sizes**2).sum())[:2]


def _figure(width: float, height: float, columns: int = 1, first: float = 1.0) -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "nsr"  # the same picture is the same file
    ratios = [first] + [1.0] * (columns - 1)
    return plt.subplots(
        1, columns, figsize=(width, height), width_ratios=ratios, layout="constrained"
    )


def _grid(panel: Any, canvas: Canvas, cells: Cells, title: str) -> None:
    high, wide = canvas.size(cells)
    inside = cells[:high, :wide]
    panel.imshow(inside, cmap="Greys", vmin=0, vmax=canvas.symbols + 3)
    for (row, column), symbol in np.ndenumerate(inside):
        if symbol:
            dark = symbol > canvas.symbols // 2
            panel.text(
                column, row, str(symbol), ha="center", va="center", fontsize=5,
                color="white" if dark else "black",
            )  # fmt: skip
    panel.set_title(title, fontsize=8)
    panel.set_xticks([])
    panel.set_yticks([])
