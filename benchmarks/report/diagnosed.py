"""The diagnostics as tables: coverage beside accuracy, data factors, variance between seeds."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.diagnostics import (
    bias_complexity,
    coverage,
    data_factors,
    generalization_difficulty,
    seed_variance,
)
from benchmarks.methods.floor import NAMES as FLOORS
from benchmarks.report.columns import title
from benchmarks.report.results import NAMES, Entry, best, percent, spread

COMPARED: Final = ("nsr-machine", "lstm", "transformer-absolute", "transformer-relative-universal")
NOTION: Final = "equal"


def section(found: Sequence[Entry], results: Path) -> list[str]:
    """All there is to show; nothing without records."""
    parts = [
        covered(found, results),
        bias(results),
        difficulty(results),
        factors(found),
        seeds(found),
    ]
    if not any(parts):
        return []
    return ["<h2>Diagnostics</h2>", *parts]


def covered(found: Sequence[Entry], results: Path) -> str:
    """Share of tests that one substitution of equal fragments reaches, beside the accuracies."""
    paths = sorted(results.glob(f"{coverage.NAME}-2*.json"))
    if not paths:
        return ""
    rows: list[dict[str, Any]] = json.loads(paths[-1].read_text(encoding="utf-8"))["rows"]
    known = best(found)
    levels = [str(k) for k in coverage.EVIDENCE]
    head = ["suite", "split", "test", *(f"covered, {k} contexts" for k in levels)]
    head += ["exchangeable, 1 context", *(NAMES[method] for method in COMPARED)]
    lines = []
    for row in rows:
        values = [percent(100 * row[NOTION][k]) for k in levels]
        values.append(percent(100 * row["exchangeable"]["1"]))
        for method in COMPARED:
            entry = known.get((row["suite"], row["split"], method))
            values.append("" if entry is None else spread(entry.of(row["test"])))
        lines.append([row["suite"], row["split"], row["test"], *values])
    return _table(
        "Coverage of the tests by substitution of fragments (Chang et al. 2025, 2505.20278), in "
        "per cent of some test inputs, beside exact match. Covered: one exchange for a fragment "
        "that had the same outputs in all shared contexts leads to a training input.",
        head,
        lines,
    )


def bias(results: Path) -> str:
    """Bits that it takes to generalise."""
    paths = sorted(results.glob(f"{bias_complexity.NAME}-2*.json"))
    if not paths:
        return ""
    rows: list[dict[str, Any]] = json.loads(paths[-1].read_text(encoding="utf-8"))["rows"]
    lines = [[row["suite"], row["split"], row["test"], f"{row['bits']:.0f}"] for row in rows]
    return _table(
        "Inductive-bias complexity (Boopathy et al. 2024, 2406.15941): bits for each test input "
        "that it takes to generalise beyond the training pairs, for hypotheses of a Gaussian "
        "process on words by position. Figures of one suite may be compared, those of two may not.",
        ["suite", "split", "test", "bits for each input"],
        lines,
    )


def difficulty(results: Path) -> str:
    """The bound on the bits that generalising takes, whatever the model."""
    paths = sorted(results.glob(f"{generalization_difficulty.NAME}-2*.json"))
    if not paths:
        return ""
    rows: list[dict[str, Any]] = json.loads(paths[-1].read_text(encoding="utf-8"))["rows"]
    lines = [
        [
            row["suite"],
            row["split"],
            f"{row['dimension']:.1f}",
            f"{row['delta']:.2f}",
            f"10^{row['log10_bits']:.1f}",
        ]
        for row in rows
    ]
    return _table(
        "Generalisation difficulty (Boopathy et al. 2023, 2305.01034): a bound on the bits that it "
        "takes to generalise, for all functions of limited frequency on the inputs. Dimensions "
        "are estimated from distances between sentences. The training inputs alone decide.",
        ["suite", "split", "dimension", "least distance", "bits at most"],
        lines,
    )


def factors(found: Sequence[Entry]) -> str:
    """Accuracy where training sets differ in one factor."""
    rows = data_factors.factors(best(found).values())
    lines = []
    for row in rows:
        figures = row["figures"]
        splits = "; ".join(f"{split}: {spread(entry.exact)}" for split, entry in figures.items())
        lines.append([row["factor"], row["suite"], NAMES[row["method"]], splits])
    note = (
        "Data factors (Zhou, Jiang & Bansal 2023, 2311.04420): exact match when training sets "
        "differ in the number of primitives, or in the difficulty of the examples."
    )
    return _table(note, ["factor", "suite", "method", "exact match"], lines) if lines else ""


def seeds(found: Sequence[Entry]) -> str:
    """Standard deviation between seeds."""
    learnt = [entry for entry in best(found).values() if entry.method not in FLOORS]
    rows = seed_variance.variance(learnt)
    named = {(e.suite, e.split): title(e) for e in found}
    lines = [
        [
            row["suite"],
            named[row["suite"], row["split"]],
            NAMES[row["method"]],
            str(row["seeds"]),
            percent(row["mean"]),
            f"{row['deviation']:.1f}",
            f"{percent(row['least'])} to {percent(row['most'])}",
        ]
        for row in rows
    ]
    note = "Variance between seeds (McCoy, Min & Linzen 2020, 1911.02969), largest first."
    head = ["suite", "split", "method", "seeds", "mean", "standard deviation", "range"]
    return _table(note, head, lines) if lines else ""


def _table(note: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["".join(f"<th>{html.escape(text)}</th>" for text in head)]
    lines += ["".join(f"<td>{html.escape(text)}</td>" for text in row) for row in rows]
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<figure><figcaption>{html.escape(note)}</figcaption><table>{body}</table></figure>"
