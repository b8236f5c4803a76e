"""Which figures stand in the columns of the tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.report.results import NAMES, Entry, published, spread
from benchmarks.suites.hint import SUBSETS

Found = Mapping[tuple[str, str, str], Entry]
"""(suite, split, method) -> its entry."""


@dataclass(frozen=True)
class Column:
    """One figure of each method.

    Args:
        title: above it.
        split: of the suite.
        test: one of the split's test sets; `None`: all of them, see `results.figure`.
    """

    title: str
    split: str
    test: str | None = None


@dataclass(frozen=True)
class Table:
    """The columns of a table and what it shows."""

    title: str
    suite: str
    columns: Sequence[Column]


def _hint(split: str) -> Table:
    columns = [*(Column(subset, split, subset) for subset in SUBSETS), Column("mean", split)]
    return Table(f"HINT {split}", "hint", columns)


TABLES: Final = (
    Table(
        "SCAN",
        "scan",
        [
            Column("simple", "simple"),
            Column("length", "length"),
            Column("add jump", "addprim_jump"),
            Column("around right", "template_around_right"),
        ],
    ),
    Table(
        "PCFG SET",
        "pcfg",
        [
            Column("i.i.d.", "iid"),
            Column("systematicity", "systematicity"),
            Column("productivity", "productivity"),
        ],
    ),
    _hint("symbols"),
    _hint("images"),
    Table(
        "Patterns in context",
        "patterns",
        [Column(f"{test} coloured", "6-3", test) for test in ("half", "three quarters", "all")],
    ),
    Table("ARC-AGI-1, one attempt", "arc", [Column("training", "arc1:training")]),
)
TITLES: Final = {
    (table.suite, column.split): column.title for table in TABLES[:2] for column in table.columns
} | {
    ("hint", "symbols"): "symbols",
    ("hint", "images"): "images",
    ("arc", "arc1:training"): "training tasks",
    ("patterns", "6-3"): "6x6 grids, 3x3 patterns",
}
"""(suite, split) -> its name in tables and plots."""


def title(entry: Entry) -> str:
    """The name of an entry's split; of algorithms that of the task."""
    if entry.suite == "algorithms":
        return task_of(entry).replace("_", " ")
    return TITLES.get((entry.suite, entry.split), entry.split)


def task_of(entry: Entry) -> str:
    """The task of a split of algorithms without family and number."""
    return entry.split.split("/")[-1].split("-")[0]


def is_main(entry: Entry) -> bool:
    """Whether an entry stands in a table, not only in plots of few pairs."""
    return entry.suite == "algorithms" or (entry.suite, entry.split) in TITLES


def measured(table: Table, found: Found) -> list[tuple[str, list[str], list[Entry]]]:
    """Rows of a table: name of the method, its figures as text, the entries they come from."""
    rows = []
    for method, name in NAMES.items():
        cells = [found.get((table.suite, column.split, method)) for column in table.columns]
        known = [entry for entry in cells if entry is not None]
        if known:
            texts = [
                "" if entry is None else spread(entry.of(column.test))
                for column, entry in zip(table.columns, cells, strict=True)
            ]
            rows.append((name, texts, known))
    return rows


def quoted(table: Table) -> list[tuple[dict[str, Any], list[str]]]:
    """Published rows of a table: the row, its figures as text."""
    rows = []
    for row in published():
        if row["suite"] == table.suite:
            texts = [_quoted(row, column) for column in table.columns]
            if any(texts):
                rows.append((row, texts))
    return rows


def _quoted(row: dict[str, Any], column: Column) -> str:
    if column.test is not None:  # subsets are quoted from memory
        subsets = row.get("subsets", {}).get(column.split, {})
        return f"{subsets[column.test]:g}?" if column.test in subsets else ""
    if column.split not in row["exact"]:
        return ""
    return f"{row['exact'][column.split]:g}{'' if row['read'] else '?'}"


def lengths(found: Iterable[Entry]) -> Table | None:
    """The table of the algorithms that several methods were asked for."""
    asked: dict[str, dict[str, set[str]]] = {}
    for entry in found:
        if entry.suite == "algorithms":
            asked.setdefault(task_of(entry), {}).setdefault(entry.method, set()).add(entry.split)
    tasks = [task for task, methods in asked.items() if len(methods) > 1]
    if not tasks:
        return None
    columns = [
        Column(f"{task.replace('_', ' ')}, {test}", task, test)
        for task in tasks
        for test in ("2x", "10x")
    ]
    shown = f"{len(tasks)} of {len(asked)} tasks shown"
    return Table(f"2 and 10 times the length, {shown}", "algorithms", columns)


def by_task(found: Iterable[Entry]) -> dict[tuple[str, str, str], Entry]:
    """The entries of algorithms with the task in the place of the split; the most examples win."""
    chosen: dict[tuple[str, str, str], Entry] = {}
    for entry in found:
        if entry.suite == "algorithms":
            key = entry.suite, task_of(entry), entry.method
            if key not in chosen or entry.train > chosen[key].train:
                chosen[key] = entry
    return chosen
