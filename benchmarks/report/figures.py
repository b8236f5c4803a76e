"""Plots as inline SVG, to be read in black and white: every method has its marker and its line."""

from __future__ import annotations

import hashlib
import io
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from benchmarks.report.results import NAMES, Entry

STYLE: Final[dict[str, tuple[str, Any, str]]] = {
    "nsr-machine": ("o", "-", "#000000"),
    "nsr-solve": ("o", "-", "#000000"),
    "lstm": ("s", "--", "#4477aa"),
    "pointer": ("P", (0, (1, 1)), "#777777"),
    "transformer-absolute": ("^", "-.", "#cc6677"),
    "transformer-relative": ("v", (0, (5, 1, 1, 1, 1, 1)), "#999933"),
    "transformer-universal": ("<", (0, (4, 4)), "#88ccee"),
    "transformer-relative-universal": ("D", ":", "#117733"),
    "transformer-relative-relaxed": (">", (0, (8, 2)), "#aa4499"),
    "decoder-nope": ("h", (0, (6, 2)), "#332288"),
    "decoder-alibi": ("p", (0, (3, 1, 1, 1)), "#88ccee"),
    "decoder-rotary": ("*", (0, (2, 4)), "#999933"),
    "decoder-t5": ("d", (0, (1, 2)), "#aa4499"),
    "decoder-absolute": ("X", (0, (10, 3, 2, 3)), "#882255"),
    "nearest": ("x", (0, (1, 3)), "#777777"),
    "identity": ("+", (0, (1, 6)), "#777777"),
}
"""Method -> marker, line style, colour. All baselines differ in the marker and in the line; nsr
has one of its methods in a plot."""

WIDTHS: Final = {"scan": 4, "pcfg": 2, "hint": 1, "algorithms": 1, "arc": 50, "patterns": 1}
"""How many levels are one point of a curve."""
FEWEST: Final = 20
"""Tests that a point of a curve must stand on."""
HANDLE, LETTER, LINE = 0.6, 0.075, 0.18
"""Inches of a legend's line and gap, of a letter, and between its rows."""
NAMED: Final = re.compile(r'(\bid="|href="#|url\(#)')
"""Where SVG gives or uses a name."""

mpl.rcParams |= {
    "svg.fonttype": "none",  # text stays text: smaller, and it can be searched
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
}


def curves(panels: Mapping[str, Sequence[Entry]], levels: Mapping[str, str]) -> str:
    """Accuracy by level, one panel for each split.

    Args:
        panels: title -> entries of one split.
        levels: title -> what is counted on the horizontal axis.
    """
    figure, axes = _panels(len(panels))
    for axis, (title, found) in zip(axes, panels.items(), strict=True):
        for entry in found:
            points = binned(entry)
            if points:
                _line(axis, entry.method, *zip(*points, strict=True))
        axis.set_title(title, fontsize=10)
        axis.set_xlabel(levels[title])
        if found and found[0].suite == "algorithms":
            axis.set_xscale("log")
            ticks = sorted(found[0].levels())
            axis.set_xticks(ticks, [str(tick) for tick in ticks])
            axis.minorticks_off()
        else:
            axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        _shares(axis)
    return _finished(figure, axes, f"curves {_salt(panels)}")


def binned(entry: Entry) -> list[tuple[float, float]]:
    """Points (mean level, per cent right); neighbours are joined until they stand on enough tests.

    Levels of one point span at least `WIDTHS`; a rest of fewer than `FEWEST` tests is joined to the
    point before it.
    """
    width = WIDTHS[entry.suite]
    groups: list[list[tuple[int, int, int]]] = []
    for level, (n, right) in entry.levels().items():
        last = groups[-1] if groups else None
        if last and (level < last[0][0] + width or sum(g[1] for g in last) < FEWEST):
            last.append((level, n, right))
        else:
            groups.append([(level, n, right)])
    if len(groups) > 1 and sum(g[1] for g in groups[-1]) < FEWEST:
        rest = groups.pop()
        groups[-1] += rest
    points = []
    for group in groups:
        n = sum(g[1] for g in group)
        mean = sum(level * count for level, count, _ in group) / n
        points.append((mean, 100.0 * sum(g[2] for g in group) / n))
    return points


def costs(panels: Mapping[str, Sequence[Entry]]) -> str:
    """Accuracy against CPU seconds of a fit, one point for each run."""
    figure, axes = _panels(len(panels))
    for axis, (title, found) in zip(axes, panels.items(), strict=True):
        for method in dict.fromkeys(entry.method for entry in found):
            runs = sorted(
                (record["cpu_seconds"], exact)
                for entry in found
                if entry.method == method
                for record, exact in zip(entry.records, entry.exact, strict=True)
            )
            _line(axis, method, *zip(*runs, strict=True), joined=False)
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("CPU seconds of the fit")
        _decades(axis)
        _shares(axis)
    return _finished(figure, axes, f"costs {_salt(panels)}")


def sizes(panels: Mapping[str, Sequence[Entry]]) -> str:
    """Accuracy against training pairs; one point for each size, the mean over seeds."""
    figure, axes = _panels(len(panels))
    for axis, (title, found) in zip(axes, panels.items(), strict=True):
        for method in dict.fromkeys(entry.method for entry in found):
            points = sorted((entry.train, entry.mean) for entry in found if entry.method == method)
            _line(axis, method, *zip(*points, strict=True))
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("training pairs")
        _decades(axis)
        _shares(axis)
    return _finished(figure, axes, f"sizes {_salt(panels)}")


def losses(found: Sequence[Entry]) -> str:
    """Training loss against CPU seconds, one panel: were the baselines trained?"""
    figure, axes = _panels(1)
    for entry in found:
        points = entry.records[0].get("losses", [])
        if points:
            _line(axes[0], entry.method, [p[1] for p in points], [p[2] for p in points])
    axes[0].set_xlabel("CPU seconds")
    axes[0].set_ylabel("loss, nats per token")
    axes[0].set_yscale("log")
    return _finished(figure, axes, f"losses {_salt({'': found})}")


def _salt(panels: Mapping[str, Sequence[Entry]]) -> str:
    return " ".join(f"{entry.suite} {entry.split}" for es in panels.values() for entry in es)


# -- parts -----------------------------------------------------------------------------------------
def _panels(number: int) -> tuple[Figure, list[Axes]]:
    columns = min(number, 4)
    rows = -(-number // columns)
    figure = Figure(figsize=(max(4.2, 2.9 * columns), 2.5 * rows + 0.8), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, sharey=True)
    axes = list(grid.flat)
    for axis in axes[number:]:
        axis.set_visible(False)
    return figure, axes[:number]


def _line(
    axis: Axes, method: str, x: Sequence[float], y: Sequence[float], *, joined: bool = True
) -> None:
    marker, line, colour = STYLE[method]
    axis.plot(
        x,
        y,
        label=NAMES[method],
        marker=marker,
        linestyle=line if joined else "none",
        color=colour,
        markersize=5,
        linewidth=1.4,
        markerfacecolor="white" if marker not in "xX+" and method[:3] != "nsr" else colour,
        clip_on=False,
    )


def _decades(axis: Axes) -> None:
    """A logarithmic horizontal axis with plain numbers at powers of ten, at least two of them."""
    axis.set_xscale("log")
    low, high = axis.get_xlim()
    axis.set_xlim(10 ** math.floor(math.log10(low)), 10 ** math.ceil(math.log10(high)))
    axis.xaxis.set_major_locator(LogLocator(10.0, numticks=6))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axis.xaxis.set_minor_formatter(NullFormatter())


def _shares(axis: Axes) -> None:
    axis.set_ylim(-3, 103)
    axis.set_yticks([0, 25, 50, 75, 100])
    if axis.get_subplotspec() is None or axis.get_subplotspec().is_first_col():  # type: ignore[union-attr]
        axis.set_ylabel("exact, per cent")


def _finished(figure: Figure, axes: Sequence[Axes], salt: str) -> str:
    handles: dict[str, Any] = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    # Text is as wide as the font of the reader makes it, so columns get room to spare.
    longest = max(map(len, handles), default=0)
    width, height = figure.get_size_inches()
    columns = max(1, min(len(handles), int(width / (HANDLE + LETTER * longest))))
    figure.set_size_inches(width, height + LINE * (-(-len(handles) // columns) - 1))
    figure.legend(
        list(handles.values()),
        list(handles),
        loc="outside lower center",
        ncols=columns,
        fontsize=8,
    )
    prefix = f"f{hashlib.sha256(salt.encode()).hexdigest()[:8]}-"
    with mpl.rc_context({"svg.hashsalt": salt}):
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    text = file.getvalue()
    # All pictures of the page share one space of names.
    return NAMED.sub(rf"\g<1>{prefix}", text[text.index("<svg") :])
