"""A grounded symbol tree as one HTML page without outside parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from nsr.symbols import Node
from nsr.values import Value

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
ul { list-style: none; border-left: 1px solid #8886; margin: 0; padding-left: 1.2rem; }
li > b { font-family: ui-monospace, monospace; } li > span { opacity: .75; }
pre { overflow-x: auto; padding: .8rem; border-radius: .4rem; background: #8882; }
""".strip()


def page(
    title: str, tree: Node, programs: Sequence[tuple[str, str]], show: Callable[[Value], str]
) -> str:
    """The page's text.

    Args:
        title: the input.
        tree: how it is read.
        programs: (pattern, program) of the words with arguments.
        show: text of a value.
    """
    lines = [escape(f"{shape} := {program}") for shape, program in programs]
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>",
            *_items(tree, show),
            "<h2>Programs</h2>",
            "<pre>",
            *lines,
            "</pre>",
            "</body></html>",
            "",
        ]
    )


def _items(tree: Node, show: Callable[[Value], str]) -> list[str]:
    parts = ["<ul>"]
    # Without recursion: a tree may be as deep as its input is long.
    stack: list[Node | str] = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            parts.append(node)
            continue
        value = escape(show(node.value)) or "(nothing)"
        parts.append(f"<li><b>{escape(node.symbol)}</b> <span>{value}</span>")
        if node.children:
            parts.append("<ul>")
            stack.append("</ul></li>")
        else:
            parts.append("</li>")
        stack.extend(reversed(node.children))
    return [*parts, "</ul>"]
