"""`nsr evaluate`: how many of some pairs come out right."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import click

from nsr.cli._options import about


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("pairs", metavar="PAIRS")
@click.option(
    "--images", metavar="FILE", help="The .npz file that holds the pictures of PAIRS.npz."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(model: str, pairs: str, images: str | None, as_json: bool) -> None:
    """Compare what the learnt MODEL says with the outputs in PAIRS.

    PAIRS is the same kind of file as for `nsr train`. An output is right if it is equal in every
    token; no answer is not right. If PAIRS.npz has the arrays subset (a number for each input)
    and subset_names, the figures are also given for each subset.
    """
    pictured = pairs.endswith(".npz")
    if images is not None and not pictured:
        raise click.UsageError("--images is for PAIRS.npz")
    from nsr.data.images import read_image_pairs, read_subsets
    from nsr.data.jsonfile import source_name
    from nsr.data.pairs import read_pairs
    from nsr.errors import InputError
    from nsr.machine import load
    from nsr.values import Undefined

    machine = load(model)
    source = source_name(pairs)
    if pictured != (machine.model_ is not None):
        kinds = ("words", "pictures")
        text = f"this machine reads {kinds[not pictured]}, got {kinds[pictured]}"
        raise InputError(text, source=source)
    inputs: Any
    if pictured:
        inputs = read_image_pairs(pairs, images)
        wanted = inputs.values.tolist()
        subsets = read_subsets(pairs, len(wanted))
    else:
        data = read_pairs(pairs, machine.read)
        inputs, wanted, subsets = [x for x, _ in data], [y for _, y in data], None
    with about(source):
        answers = machine.predict(inputs)
    right = [v == y for v, y in zip(answers, wanted, strict=True)]
    silent = Counter(v.reason for v in answers if isinstance(v, Undefined))
    parts = {} if subsets is None else _by_subset(right, subsets)
    n, exact = len(right), sum(right)
    if as_json:
        counts: dict[str, Any] = {
            "n": n,
            "exact": exact / n,
            "right": exact,
            "no_answer": silent.total(),
        }
        if subsets is not None:
            counts["by_subset"] = parts
        click.echo(json.dumps(counts))
        return
    click.echo(f"{exact} of {n} right ({exact / n:.2%})")
    for name, part in parts.items():
        click.echo(f"  {name}: {part['right']} of {part['n']} right ({part['exact']:.2%})")
    for reason, count in silent.most_common(5):
        click.echo(f"no answer for {count}: {reason}")


def _by_subset(right: list[bool], subsets: list[str]) -> dict[str, dict[str, Any]]:
    n = Counter(subsets)
    hits = Counter(name for name, good in zip(subsets, right, strict=True) if good)
    return {
        name: {"n": n[name], "exact": hits[name] / n[name], "right": hits[name]}
        for name in sorted(n)
    }
