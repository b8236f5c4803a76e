"""The tables of the README, between two markers, from the records."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.methods.floor import NAMES as FLOORS
from benchmarks.report import latent
from benchmarks.report.columns import TABLES, Found, Table, by_task, lengths, measured, quoted
from benchmarks.report.results import best, entries, learnt, sizes, span, time_text
from nsr.atomic import replace_file
from nsr.errors import InputError

BEGIN: Final = "<!-- made by python -m benchmarks report -->"
END: Final = "<!-- end -->"

QUOTED: Final = (
    "LSTM seq2seq",
    "LSTM",
    "Transformer",
    "Transformer, relative universal",
    "Transformer (the best: relative universal)",
    "Neural QCFG",
    "NSR",
)
"""Published rows that the README shows; the page shows all."""

COSTS: Final = ("parameters", "seeds", "examples", "right of them", "CPU a fit")
"""The last columns: what the figures before them took."""


def tables(records: Sequence[dict[str, Any]], results: Path) -> str:
    """All tables as Markdown.

    Args:
        records: of the comparison.
        results: folder of the other records.
    """
    found = best(entries(records))
    parts = [markdown(table, found) for table in TABLES]
    longer = lengths(found.values())
    if longer is not None:
        parts.append(markdown(longer, by_task(found.values())))
    parts.append(latent.markdown(results))
    return "\n\n".join(part for part in parts if part)


def markdown(table: Table, found: Found) -> str:
    """Measured methods, then published ones; nothing if no more than floors were measured."""
    rows = measured(table, found)
    if all(known[0].method in FLOORS for _, _, known in rows):
        return ""
    head = [table.title, *(column.title for column in table.columns)]
    lines = [
        _row([*head, *COSTS]),
        _row(["---"] * (len(head) + len(COSTS))),
    ]
    for name, texts, known in rows:
        seeds = span(len(entry.records) for entry in known)
        examples = span(entry.train for entry in known)
        slowest = time_text(max(entry.cpu for entry in known))
        lines.append(_row([name, *texts, sizes(known), seeds, examples, learnt(known), slowest]))
    for row, texts in quoted(table):
        if row["method"] in QUOTED:
            lines.append(_row([f"*{row['method']}, published*", *texts, *[""] * len(COSTS)]))
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def excerpt(path: Path) -> str:
    """What stands between the markers of a file.

    Raises:
        InputError: if the file cannot be read or lacks them.
    """
    return _parts(path)[1].strip()


def write(path: Path, text: str) -> None:
    """Put the text between the markers of a file.

    Raises:
        InputError: if the file lacks them or cannot be written.
    """
    before, _, after = _parts(path)
    replace_file(path, f"{before}{BEGIN}\n{text}\n{END}{after}")


def _parts(path: Path) -> tuple[str, str, str]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"cannot read: {error}", source=str(path)) from None
    before, begin, rest = text.partition(BEGIN)
    inside, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"expected a line {BEGIN} and a line {END}", source=str(path))
    return before, inside, after
