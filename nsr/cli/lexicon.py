"""`nsr lexicon`: everything a machine has learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from nsr.machine import Machine
    from nsr.parsing.entries import Syntax
    from nsr.parsing.soft_reading import SoftSyntax

LEAST = 0.02
"""Rarer arguments are not listed."""


@click.command()
@click.argument("model", metavar="MODEL")
def command(model: str) -> None:
    """Print every entry that MODEL has learnt: how a word takes arguments and what it does.

    For words, the number in front is the binding level, higher binds tighter; `>` marks words of
    which, of equal levels, the right one is done first. Plain words come last.

    For pictures, symbols have names, and the number in front says how frequent they are. Below
    each entry stands how often its arguments are headed by which symbol; `number` is any plain
    one.
    """
    from nsr.machine import load
    from nsr.parsing.soft_reading import SoftSyntax

    machine = load(model)
    syntax = machine.lexicon_
    assert syntax is not None
    if isinstance(syntax, SoftSyntax):
        _pictures(machine, syntax)
    else:
        _words(machine, syntax)


def _words(machine: Machine, syntax: Syntax) -> None:
    from nsr.parsing.entries import HIDDEN
    from nsr.parsing.reading import JOINED

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


def _pictures(machine: Machine, syntax: SoftSyntax) -> None:
    heads = [(s, name) for s, (name, e) in enumerate(syntax.symbols.items()) if e and e.arity]
    of_class = {syntax.classes[s]: name for s, name in heads}
    for s, name in heads:
        entry = syntax.entries[name]
        click.echo(f"{syntax.prior[s]:6.1%} {entry.shape} := {machine.program(name)}")
        for slot in range(entry.arity):
            weights = sorted(enumerate(syntax.attach[s, slot].tolist()), key=lambda w: -w[1])
            listed = [f"{of_class.get(c, 'number')} {w:.0%}" for c, w in weights if w >= LEAST]
            click.echo(f"{'':10} x{slot}: {', '.join(listed)}")
    plain = [name for name, entry in syntax.entries.items() if not entry.arity]
    click.echo(f"{'':6} numbers: {' '.join(plain)}")
