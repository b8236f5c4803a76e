"""`nsr predict`: outputs for new inputs."""

from __future__ import annotations

import click


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("text", metavar="[INPUT]", required=False)
@click.option("--file", metavar="FILE", help="One input per line; `-` is standard input.")
def command(model: str, text: str | None, file: str | None) -> None:
    """Print the output of the learnt MODEL for INPUT, or for each line of FILE.

    INPUT is tokens separated by spaces. What follows a tab in a line of FILE is passed over, so
    that PAIRS can be given. Where there is no output the line says "no answer" and why.
    """
    from nsr.data.pairs import read_inputs
    from nsr.machine import load

    if (text is None) == (file is None):
        raise click.UsageError("give either INPUT or --file")
    machine = load(model)
    inputs = [tuple(text.split())] if text is not None else read_inputs(file or "-")
    for x in inputs:
        click.echo(machine.show(machine.predict(x)))
