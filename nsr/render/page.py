"""A task, its answers and its programs as one HTML page without outside parts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nsr.batch import Report
from nsr.data.arc import ArcTask
from nsr.render.svg import cell_side, grid_svg
from nsr.render.view import Picture, cost, examples, printable, questions, verdict

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
.strips { display: flex; flex-wrap: wrap; gap: 1.5rem 3rem; }
.strip { display: flex; gap: 1rem; align-items: flex-start; }
figure { margin: 0; } figcaption { font-size: .8rem; opacity: .7; }
.right { color: #1a7f37; opacity: 1; } .wrong { color: #cf222e; opacity: 1; }
pre { overflow-x: auto; padding: .8rem; border-radius: .4rem; background: #8882; }
dt { font-family: ui-monospace, monospace; } dd { margin: 0 0 .4rem 1.5rem; }
svg { max-width: 100%; height: auto; }
""".strip()


def page(task: ArcTask, found: Report | None = None, *, outline: str | None = None) -> str:
    """The page's text.

    Args:
        task: what to show.
        found: what the solver said of it; `None` shows the task alone.
        outline: see `nsr.render.view.outline`.
    """
    title = escape(printable(task.id))
    parts = [
        "<!doctype html>",
        f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        f"<h2>Training pairs</h2>{_strips(examples(task))}",
        f"<h2>Test</h2>{_strips(questions(task, found))}",
    ]
    if found is not None:
        parts.append(f"<h2>Programs</h2><p>{escape(verdict(found))} ({escape(cost(found))})</p>")
        parts += [f"<pre>{escape(printable(program))}</pre>" for program in found.programs]
        if found.explanation:
            items = (f"<dt>{escape(n)}</dt><dd>{escape(d)}</dd>" for n, d in found.explanation)
            parts.append(f"<dl>{''.join(items)}</dl>")
    if outline:
        parts.append("<h2>What is seen in the first input, and in the sizes</h2>")
        parts.append(f"<pre>{escape(outline)}</pre>")
    return "\n".join([*parts, "</body></html>"]) + "\n"


def _strips(parts: Sequence[Sequence[Picture]]) -> str:
    return f'<div class="strips">{"".join(map(_strip, parts))}</div>'


def _strip(pictures: Sequence[Picture]) -> str:
    cell = cell_side([p.rows for p in pictures])
    figures = []
    for picture in pictures:
        mark = {True: "right", False: "wrong", None: ""}[picture.right]
        caption = escape(picture.caption) + (f' <b class="{mark}">{mark}</b>' if mark else "")
        figures.append(
            f"<figure><figcaption>{caption}</figcaption>{grid_svg(picture.rows, cell)}</figure>"
        )
    return f'<div class="strip">{"".join(figures)}</div>'
