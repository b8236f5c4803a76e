"""`nsr lexicon`: everything a machine has learnt."""

from __future__ import annotations

import click


@click.command()
@click.argument("model", metavar="MODEL")
def command(model: str) -> None:
    """Print every entry that MODEL has learnt: how a word takes arguments and what it does.

    The number in front is the binding level, higher binds tighter; `>` marks words of which, of
    equal levels, the right one is done first. Plain words come last.
    """
    from nsr.machine import load
    from nsr.parsing.entries import HIDDEN
    from nsr.parsing.reading import JOINED

    machine = load(model)
    syntax = machine.lexicon_
    assert syntax is not None
    heads = [word for word, entry in syntax.entries.items() if entry.arity]
    for word in sorted(heads, key=lambda word: (-syntax.bindings[word].level, word)):
        binding, entry = syntax.bindings[word], syntax.entries[word]
        shape = entry.shape if word != HIDDEN else f"_ {JOINED} _"
        mark = ">" if binding.right else " "
        click.echo(f"{binding.level:2d}{mark} {shape} := {machine.program(word)}")
    for word, entry in syntax.entries.items():
        if not entry.arity:
            click.echo(f"    {word} := {machine.show(machine.predict((word,))) or '(nothing)'}")
    if syntax.open_class:
        click.echo("    any other word := itself")
