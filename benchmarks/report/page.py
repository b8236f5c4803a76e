"""The page: for each suite its table, curves, costs, errors with trees, and the commands."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.methods.floor import NAMES as FLOORS
from benchmarks.report import diagnosed, figures, latent, other
from benchmarks.report.columns import (
    TABLES,
    Found,
    Table,
    by_task,
    is_main,
    lengths,
    measured,
    quoted,
    title,
)
from benchmarks.report.errors import errors
from benchmarks.report.results import (
    Entry,
    alike,
    best,
    entries,
    learnt,
    percent,
    sizes,
    span,
    time_text,
)
from benchmarks.suites import get_suite, level_name

STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem;
  color: #111; background: #fff; }
h1, h2, h3 { line-height: 1.2; } h2 { margin-top: 3rem; border-bottom: 2px solid #111; }
table { border-collapse: collapse; margin: 1rem 0; font-size: 14px; }
th, td { border-bottom: 1px solid #bbb; padding: .25rem .6rem; text-align: left;
  vertical-align: top; }
td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
table.published td { font-style: italic; color: #333; } ul { margin: 0; padding-left: 1rem; }
th { font-size: 13px; }
figure { margin: 1.2rem 0; overflow-x: auto; } figcaption { color: #444; max-width: 60rem; }
svg { max-width: 100%; height: auto; }
td:first-child { min-width: 9rem; } td details { margin: 0; } small { color: #444; }
code { font-size: 13px; } details { margin: .6rem 0; }
td.text { max-width: 26rem; overflow-wrap: anywhere; font-family: ui-monospace, monospace;
  font-size: 12px; }
"""

INTRO: Final = """<p>Exact match in per cent on whole test sets. A measured figure is one or more
runs of this repository, each with its own record; the commands are below each suite. Published
figures are in italics, with what was given by hand; those with a question mark were not read again
in their source. Baselines are trained for fixed steps at CPU scale on one core, the last step is
taken, nothing was chosen on a test. Several seeds: mean (lowest-highest).</p>"""

TITLES: Final = {
    "scan": "SCAN: commands to actions",
    "pcfg": "PCFG SET: nested functions on strings",
    "hint": "HINT: arithmetic from values",
    "patterns": "Patterns: grids from two pairs, a family of tasks to learn from",
    "arc": "ARC: grids from a few pairs",
    "algorithms": "Algorithms: inputs longer than those of training",
}
NOTES: Final = {
    "arc": "One attempt for each test input; the other record of these tasks, below, has two for "
    "whole tasks. CPU is that of all questions together.",
    "pcfg": "The training rows are those official ones whose sources could be recovered, about a "
    "fifth; all methods here learn from them, the published ones learnt from all.",
    "hint": "Made by the published rules with other handwriting: figures are near in kind to those "
    "of the published release, but not the same. Curves are over all five subsets.",
    "algorithms": "Inputs of length 1 to 8 in training. Methods differ in the number of examples: "
    "see the table. Tables show inputs of 2 and 10 times the length, curves all lengths. Published "
    "(Kazemnejad et al. 2023, 2305.19466; 107 million parameters, inputs of twice the length, mean "
    "reciprocal rank over their tasks): NoPE 0.63, T5 bias 0.60, ALiBi 0.55, rotary 0.27, absolute "
    "0.23.",
}


def page(records: Sequence[dict[str, Any]], results: Path) -> str:
    """The whole page.

    Args:
        records: of the comparison.
        results: folder of the other records.
    """
    every = alike(entries(records))
    found = best(every)
    body: list[str] = [
        "<h1>nsr: the evidence</h1>",
        INTRO,
    ]
    for suite in TITLES:
        own = [entry for entry in found.values() if entry.suite == suite]
        if own:
            body += section(suite, own, [e for e in every if e.suite == suite])
    body += diagnosed.section(every, results)
    body += latent.html(results)
    body += other.section(results)
    head = '<!doctype html><html lang="en"><meta charset="utf-8">'
    head += f"<title>nsr: the evidence</title><style>{STYLE}</style>"
    return f"{head}<body>{''.join(body)}</body></html>\n"


def section(suite: str, own: Sequence[Entry], every: Sequence[Entry]) -> list[str]:
    """All there is to show of one suite."""
    source = get_suite(suite)
    parts = [f"<h2>{TITLES[suite]}</h2>"]
    parts.append(f"<p>{_t(source.metric.capitalize())}. Source: {_t(source.source)}. ")
    parts.append(f"{_t(NOTES.get(suite, ''))}</p>")
    main = sorted(filter(is_main, own), key=_place)
    for shown in TABLES:
        if shown.suite == suite:
            parts.append(table(shown, best(main)))
    longer = lengths(main) if suite == "algorithms" else None
    if longer is not None:
        parts.append(table(longer, by_task(main)))
    parts += plots(suite, main, every)
    parts += errors(suite, main)
    parts.append(commands(every))
    return parts


def _place(entry: Entry) -> int:
    splits = [column.split for shown in TABLES for column in shown.columns]
    return splits.index(entry.split) if entry.split in splits else 0


# -- tables ----------------------------------------------------------------------------------------
def table(shown: Table, found: Found) -> str:
    """Measured methods with their costs, and what others have published."""
    rows = measured(shown, found)
    if not rows:
        return ""
    titles = [column.title for column in shown.columns]
    facts = [
        "seeds",
        "training pairs",
        "right of them",
        "parameters",
        "CPU a fit",
        "FLOPs",
        "memory",
    ]
    lines = [_line("th", [shown.title, *titles, *facts, "given by hand"])]
    lines += [_row(name, [*texts, *_facts(known)], _given(known)) for name, texts, known in rows]
    text = f"<table>{''.join(lines)}</table>"
    others = quoted(shown)
    if others:
        lines = [_line("th", ["published", *titles, "given by hand", "source"])]
        lines += [
            _row(row["method"], texts, _t(row["given"]), _t(row["source"])) for row, texts in others
        ]
        text += f'<table class="published">{"".join(lines)}</table>'
    return text


def _facts(known: Sequence[Entry]) -> list[str]:
    records = [record for entry in known for record in entry.records]
    flops = [record["flops"] for record in records if "flops" in record]
    return [
        span(len(entry.records) for entry in known),
        span(entry.train for entry in known),
        learnt(known),
        sizes(known),
        time_text(max(entry.cpu for entry in known)),
        f"{max(flops):.1e}" if flops else "",
        f"{max(record['peak_mb'] for record in records):,} MB",
    ]


def _given(known: Sequence[Entry]) -> str:
    given = known[0].records[0]["given"]
    if len(given) == 1:
        return _t(given[0])
    items = "".join(f"<li>{_t(text)}</li>" for text in given)
    return f"<details><summary>{len(given)} things</summary><ul>{items}</ul></details>"


def _row(name: str, values: Sequence[str], *texts: str) -> str:
    numbers = "".join(f'<td class="n">{_number(text)}</td>' for text in values)
    rest = "".join(f"<td>{text}</td>" for text in texts)
    return f"<tr><td>{_t(name)}</td>{numbers}{rest}</tr>"


def _number(text: str) -> str:
    """A figure, what it ranges over on a line of its own."""
    mean, _, rest = _t(text).partition(" (")
    return f"{mean}<br><small>{rest.removesuffix(')')}</small>" if rest else mean


def _line(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{_t(text)}</{tag}>' for text in cells)}</tr>"


# -- plots -----------------------------------------------------------------------------------------
def plots(suite: str, main: Sequence[Entry], every: Sequence[Entry]) -> list[str]:
    """Curves by level, accuracy by training pairs and by CPU seconds, training loss."""
    panels: dict[str, list[Entry]] = {}
    for entry in main:
        panels.setdefault(title(entry), []).append(entry)
    if suite == "algorithms":  # tasks that only one method was asked say nothing beside the others
        panels = {t: es for t, es in panels.items() if len({e.method for e in es}) > 1} or panels
    levels = {t: level_name(suite, es[0].split) for t, es in panels.items()}
    note = f"Accuracy by {' or '.join(dict.fromkeys(levels.values()))}, all seeds together."
    parts = [_figure(figures.curves(panels, levels), note)]
    by_cost: dict[str, list[Entry]] = {}
    for entry in sorted(every, key=_place):
        if is_main(entry) and title(entry) in panels and entry.method not in FLOORS:
            by_cost.setdefault(title(entry), []).append(entry)
    if by_cost:
        note = "Accuracy against the CPU seconds of each fit."
        parts.append(_figure(figures.costs(by_cost), note))
    drawn = [e for e in every if e.split.startswith(("random-", "simple"))]
    if suite != "algorithms" and len({e.train for e in drawn}) > 1:
        note = "Accuracy against the number of training pairs drawn at random; mean over the seeds."
        parts.append(_figure(figures.sizes({TITLES[suite].split(":")[0]: drawn}), note))
    if any("losses" in entry.records[0] for entry in main):
        split = next(e.split for e in main if "losses" in e.records[0])
        own = [e for e in main if e.split == split and "losses" in e.records[0]]
        note = f"Training loss of the baselines on {title(own[0])}, first seed."
        parts.append(_figure(figures.losses(own), note))
    return parts


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{_t(caption)}</figcaption></figure>"


def commands(found: Sequence[Entry]) -> str:
    """How each figure was made."""
    rows = [
        _line("td", [r["command"], r["commit"] or "", r["date"][:10], percent(x)])
        for entry in found
        for r, x in zip(entry.records, entry.exact, strict=True)
    ]
    head = _line("th", ["command", "commit", "date", "exact"])
    return (
        f"<details><summary>{len(rows)} runs and their commands</summary>"
        f"<table>{head}{''.join(rows)}</table></details>"
    )


def _t(text: str) -> str:
    return html.escape(text)
