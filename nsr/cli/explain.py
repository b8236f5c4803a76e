"""`nsr explain`: the tree behind an output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from nsr.machine import Machine
    from nsr.symbols import Node


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("text", metavar="[INPUT]", required=False)
@click.option("--images", metavar="FILE", help="Read a row of pictures from an .npz file instead.")
@click.option("--row", metavar="N", type=click.IntRange(0), help="Which input of the file, from 0.")
@click.option("--html", metavar="FILE", help="Write a self-contained page.")
@click.option("--svg", metavar="FILE", help="Write the drawing of the tree.")
def command(
    model: str,
    text: str | None,
    images: str | None,
    row: int | None,
    html: str | None,
    svg: str | None,
) -> None:
    """Show how the learnt MODEL reads INPUT: a tree of words, their values and programs.

    A percentage is the probability of a symbol, given its pictures.
    """
    if (text is None) == (images is None) or (images is None) != (row is None):
        raise click.UsageError("expected either INPUT or --images FILE --row N")
    from nsr.atomic import replace_file
    from nsr.data.images import read_row
    from nsr.machine import load
    from nsr.values import Undefined

    machine = load(model)
    given: Any = text if images is None else read_row(images, row or 0)
    tree = machine.explain(given)
    if isinstance(tree, Undefined):
        click.echo(machine.show(tree))
        return
    programs = _programs(machine, tree)
    tokens = () if text is None else tuple(text.split())
    pieces = None if images is None else list(given)
    if svg is not None:
        from nsr.render.tree import tree_svg

        replace_file(svg, tree_svg(tree, machine.show, tokens=tokens, pieces=pieces))
        click.echo(f"drawing in {svg}")
    if html is not None:
        from nsr.render.tree import page

        title = f"{images}, row {row}" if text is None else text
        replace_file(html, page(title, tree, programs, machine.show, tokens=tokens, pieces=pieces))
        click.echo(f"page in {html}")
    if svg is None and html is None:
        from nsr.render.tree import percent, value_text

        click.echo(
            tree.draw(
                lambda node: f"{node.symbol} = {value_text(node, machine.show)}{percent(node)}"
            )
        )
        click.echo()
        for shape, program in programs:
            click.echo(f"{shape} := {program}")


def _programs(machine: Machine, tree: Node) -> list[tuple[str, str]]:
    """Pattern and program of the words with arguments that occur in the tree."""
    from nsr.parsing.reading import JOINED

    assert machine.lexicon_ is not None
    used = {node.symbol for _, node in tree.walk()}
    shapes = {
        word: entry.shape if entry.word else JOINED
        for word, entry in machine.lexicon_.entries.items()
        if entry.arity
    }
    return [(shape, machine.program(word)) for word, shape in shapes.items() if shape in used]
