"""The other records of the repository, with their summaries, as they are."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

from benchmarks._runs import outline


def section(results: Path) -> list[str]:
    """One folded block for each record in the folder."""
    parts: list[str] = []
    for path in sorted(results.glob("*.json")):
        record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        name = f"{record['benchmark']}, {record['date'][:10]}, commit {record['commit']}"
        text = "\n".join(outline(record.get("summary", {})))
        command = f"python -m benchmarks run {record['benchmark']}"
        parts.append(
            f"<details><summary>{html.escape(name)}</summary><p><code>{html.escape(command)}</code>"
            f"; settings {html.escape(json.dumps(record.get('settings', {})))}</p>"
            f"<pre>{html.escape(text)}</pre></details>"
        )
    if not parts:
        return []
    intro = (
        "<p>ARC tasks, throughput, few pairs, noise, new words, handwriting, ablations: one record "
        "each, in <code>benchmarks/results/</code>.</p>"
    )
    return ["<h2>Other records</h2>", intro, *parts]
