"""Latent programs: one table for each family of tasks, from the records of `run latent`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from benchmarks.report.results import published, span, time_text

TITLES: Final = {
    "pattern-3": "Patterns of 3 x 3 cells",
    "pattern-4": "Patterns of 4 x 4 cells",
    "rewriting": "Integer sequences",
    "rewriting-single": "Integer sequences, single rules learnt",
    "rearc": "Small ARC grids",
}
NOTES: Final[Mapping[str, str]] = {
    "rewriting": "The generator of the published sequences is not published: lengths and edges of "
    "these were chosen here, after the text of the paper. Figures are near in kind, not the same.",
    "rewriting-single": "All methods measured here learn from tasks of one rule; composition makes "
    "programs of three to five of those. Published methods learnt from three to five rules. A "
    "first version, which climbed programs that fit too, had 90.0 and 89.5 after ten steps (seeds "
    "0 and 1) and 88.5 to 89.5 after a hundred.",
}
"""Family -> what is to be said of its table."""

BATCH: Final = 64
"""`benchmarks.latent.BATCH`, which would take an import of seconds."""
ALONE: Final = ("fine-tuning", "portfolio", "composition")
"""Beginnings of searches that are timed with one task at a time."""

BRIEFLY: Final = frozenset(
    (
        "mean",
        "gradient 10",
        "gradient 20, held out",
        "gradient 100",
        "gradient 100, held out",
        "random 60",
        "evolution 20 x 3",
        "composition, gradient 10",
        "composition, gradient 100",
    )
)
"""The searches that the README shows; the page shows all."""

BRIEFEST: Final = frozenset(("mean", "gradient 10"))
"""Those of the same network after other numbers of steps."""

Shape: TypeAlias = tuple[tuple[str, float], ...]
"""Measures of a network and the noise of its training, by name."""

Runs: TypeAlias = dict[tuple[str, int, Shape], list[dict[str, Any]]]
"""Family, steps of training and network -> rows of all seeds."""


@dataclass(frozen=True)
class Table:
    """Rows of text under a head, and what is to be said of them."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def tables(results: Path, *, brief: bool = False) -> Iterator[Table]:
    """The table of every family that has records; of several trainings each has its rows.

    Args:
        results: folder of the records.
        brief: only the training with most seeds, of equals the one that most methods were held
            against, then the last, and searches of `BRIEFLY`; and `BRIEFEST` of the same network
            trained with as many seeds for longer or shorter.
    """
    runs = _runs(results)
    for family, name in TITLES.items():
        mine = {key: rows for key, rows in runs.items() if key[0] == family}
        if not mine:
            continue
        if brief:
            mine = _briefly(mine)
        tests = list(dict.fromkeys(row["test"] for rows in mine.values() for row in rows))
        lines = [
            _line(f"{key[1]:,} steps, {_network(key[2])}", rows, tests)
            for key, group in mine.items()
            for rows in _alike(group)
        ]
        lines += [_quoted(row, tests) for row in published() if row["suite"] == f"latent/{family}"]
        costs = ("seeds", "tasks", "training", f"CPU a task in batches of {BATCH}")
        yield Table((name, *tests, *costs), tuple(lines), NOTES.get(family, ""))


def markdown(results: Path) -> str:
    """The brief tables as Markdown."""
    parts = []
    for table in tables(results, brief=True):
        lines = [table.head, ("---",) * len(table.head), *table.rows]
        parts.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
        parts += [table.note] if table.note else []
    return "\n\n".join(parts)


def html(results: Path) -> list[str]:
    """All tables as HTML, with a heading; nothing without records."""
    parts = []
    for table in tables(results):
        head = "".join(f"<th>{cell}</th>" for cell in table.head)
        body = "".join(
            "<tr>" + "".join(f"<td>{cell.strip('*')}</td>" for cell in row) + "</tr>"
            for row in table.rows
        )
        parts.append(f"<table><tr>{head}</tr>{body}</table>")
        parts += [f"<p>{table.note}</p>"] if table.note else []
    if not parts:
        return []
    intro = (
        "<p>Share of tasks whose asked output is right in every cell, first attempt. Only the first"
        " test of a family is like its training. CPU a task: searching "
        f"{BATCH} tasks at once, or one if it says alone. Published: 2411.08706. Command: "
        "<code>python -m benchmarks run latent --family NAME</code>.</p>"
    )
    return ["<h2>Latent programs</h2>", intro, *parts]


def _runs(results: Path) -> Runs:
    """What the records hold.

    Of the records of one seed and method the last counts; different networks are not averaged.
    Trainings come in the order of their last records.
    """
    found: dict[tuple[str, int, Shape, int, str], list[dict[str, Any]]] = {}
    for path in sorted(results.glob("latent-*.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        settings = record["settings"]
        jitter = settings["schedule"].get("jitter", 0.0)
        # The first records are older than the reach.
        network = tuple(sorted({"reach": 0, **settings["size"], "jitter": jitter}.items()))
        for seed in settings["seeds"]:
            mine = [row for row in record["rows"] if row["seed"] == seed]
            for method in dict.fromkeys(row["method"] for row in mine):
                steps = settings["schedule"]["steps"]
                key = settings["family"], steps, network, seed, method
                found.pop(key, None)  # comes last now
                found[key] = [row for row in mine if row["method"] == method]
    grouped: Runs = {}
    for (family, steps, network, _, _), rows in found.items():
        training = family, steps, network
        grouped[training] = grouped.pop(training, []) + rows
    return grouped


def _briefly(runs: Runs) -> Runs:
    """What `tables` shows of a family's trainings when brief."""
    chosen = max(reversed(runs), key=lambda key: _breadth(runs[key]))
    shown = [r for r in runs[chosen] if r["method"] != "latent" or r["search"] in BRIEFLY]
    others = {
        key: [r for r in rows if r["method"] == "latent" and r["search"] in BRIEFEST]
        for key, rows in runs.items()
        if key != chosen and key[2] == chosen[2] and _breadth(rows)[0] == _breadth(shown)[0]
    }
    return {chosen: shown} | others


def _breadth(rows: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Numbers of seeds and of methods."""
    seeds, methods = ({row[name] for row in rows} for name in ("seed", "method"))
    return len(seeds), len(methods)


def _network(shape: Shape) -> str:
    """What tokens of a network know of each other by, and whether it was trained with noise."""
    measures = dict(shape)
    names = {"heads": "attention", "reach": "neighbours", "jitter": "jitter"}
    return " and ".join(name for key, name in names.items() if measures.get(key))


def _alike(rows: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows of one method and search; rates of fine-tuning, which are chosen, do not part them."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["method"], row["search"].partition(", rate")[0]), []).append(row)
    yield from groups.values()


def _line(
    trained_how: str, rows: Sequence[dict[str, Any]], tests: Sequence[str]
) -> tuple[str, ...]:
    method, search = rows[0]["method"], rows[0]["search"].partition(", rate")[0]
    cells = [_share([row["exact"] for row in rows if row["test"] == test]) for test in tests]
    seeds = len({row["seed"] for row in rows})
    trained = max((row.get("training_cpu_seconds", 0.0) for row in rows), default=0.0)
    each = sum(row["cpu_seconds_per_task"] for row in rows) / len(rows)
    asked = [row["tasks"] for row in rows if "tasks" in row]
    shown = "no fine-tuning" if search == "none" else search
    title = "nsr.solve" if method == "nsr.solve" else f"{method}, {shown}"
    if method == "latent":
        title += f" ({trained_how})"
    time = f"{1000 * each:.0f} ms" if each < 1 else f"{each:.1f} s"
    time += " alone" if search.startswith(ALONE) else ""
    training = time_text(trained) if trained else "none"
    return (title, *cells, str(seeds), span(asked) if asked else "", training, time)


def _quoted(row: dict[str, Any], tests: Sequence[str]) -> tuple[str, ...]:
    """A published row; tests that its authors did not make stay empty."""
    cells = [f"{row['exact'][test]:.1f}" if test in row["exact"] else "" for test in tests]
    return (f"*{row['method']}, published*", *cells, "", "", "", "")


def _share(values: Sequence[float]) -> str:
    """Mean and range in per cent."""
    if not values:
        return ""
    low, high = 100 * min(values), 100 * max(values)
    mean = 100 * sum(values) / len(values)
    return f"{mean:.1f}" if low == high else f"{mean:.1f} ({low:.1f}-{high:.1f})"
