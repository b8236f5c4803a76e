"""`nsr explain`: the tree behind an output."""

from __future__ import annotations

import click


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("text", metavar="INPUT")
@click.option("--html", metavar="FILE", help="Write a self-contained page instead.")
def command(model: str, text: str, html: str | None) -> None:
    """Show how the learnt MODEL reads INPUT: a tree of words, their values and programs."""
    from nsr.data.atomic import replace_file
    from nsr.machine import load
    from nsr.values import Undefined

    machine = load(model)
    tree = machine.explain(text)
    if isinstance(tree, Undefined):
        click.echo(machine.show(tree))
        return
    assert machine.lexicon_ is not None
    used = {node.symbol for _, node in tree.walk()}
    from nsr.parsing.reading import JOINED

    programs = [
        (entry.shape if entry.word else JOINED, machine.program(word))
        for word, entry in machine.lexicon_.entries.items()
        if entry.arity and (entry.shape if entry.word else JOINED) in used
    ]
    if html is not None:
        from nsr.render.tree import page

        replace_file(html, page(text, tree, programs, machine.show))
        click.echo(f"page in {html}")
        return
    click.echo(tree.draw(lambda node: f"{node.symbol} = {machine.show(node.value) or '(nothing)'}"))
    click.echo()
    for shape, program in programs:
        click.echo(f"{shape} := {program}")
