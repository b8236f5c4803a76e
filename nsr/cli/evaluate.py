"""`nsr evaluate`: how many of some pairs come out right."""

from __future__ import annotations

import json
from collections import Counter

import click


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("pairs", metavar="PAIRS")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(model: str, pairs: str, as_json: bool) -> None:
    """Compare what the learnt MODEL says with the outputs in PAIRS.

    PAIRS is the same kind of file as for `nsr train`. An output is right if it is equal in every
    token; no answer is not right.
    """
    from nsr.data.pairs import read_pairs
    from nsr.machine import load
    from nsr.values import Undefined

    machine = load(model)
    data = read_pairs(pairs, machine.read)
    exact = 0
    silent: Counter[str] = Counter()
    for x, y in data:
        value = machine.predict(x)
        if isinstance(value, Undefined):
            silent[value.reason] += 1
        else:
            exact += value == y
    if as_json:
        counts = {
            "n": len(data),
            "exact": exact / len(data),
            "right": exact,
            "no_answer": silent.total(),
        }
        click.echo(json.dumps(counts))
        return
    click.echo(f"{exact} of {len(data)} right ({exact / len(data):.2%})")
    for reason, count in silent.most_common(5):
        click.echo(f"no answer for {count}: {reason}")
