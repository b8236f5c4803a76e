"""`nsr train`: a machine from pairs of inputs and outputs."""

from __future__ import annotations

import json

import click

from nsr.cli import say


@click.command()
@click.argument("pairs", metavar="PAIRS")
@click.option("--model", required=True, metavar="DIR", help="Where the learnt machine goes.")
@click.option(
    "--domain", default="sequences", show_default=True, metavar="NAME", help="Kind of outputs."
)
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Of all randomness."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0, 1e7, min_open=True),
    metavar="S",
    help="Stop after about this long and keep the best found.  [default: no limit]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    pairs: str, model: str, domain: str, seed: int, seconds: float | None, as_json: bool
) -> None:
    """Learn a language from PAIRS.

    PAIRS is a file with one pair per line, input<TAB>output, tokens separated by spaces; `-` is
    standard input. No grammar, word meaning or order is given. How many of the training pairs
    come out right tells whether the language was understood.
    """
    from nsr.data.pairs import read_pairs
    from nsr.machine import Machine

    machine = Machine(domain=domain, seed=seed, seconds=seconds)
    data = read_pairs(pairs, machine.read)
    machine.fit(data, progress=None if as_json else say)
    machine.save(model)
    assert machine.lexicon_ is not None
    heads = sum(entry.arity > 0 for entry in machine.lexicon_.entries.values())
    if as_json:
        counts = {"n": len(data), "exact": machine.exact_, "entries": heads}
        click.echo(json.dumps(counts))
        return
    click.echo(f"{len(data)} pairs, {machine.exact_:.2%} of them come out right")
    click.echo(f"{heads} words with arguments learnt; model in {model}")
    if machine.exact_ < 1.0:
        click.echo("The language was not understood as a whole: expect wrong answers.")
