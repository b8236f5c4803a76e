"""`nsr predict`: outputs for new inputs."""

from __future__ import annotations

from typing import Any

import click

from nsr.cli._options import about


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("text", metavar="[INPUT]", required=False)
@click.option("--file", metavar="FILE", help="One input per line; `-` is standard input.")
@click.option("--images", metavar="FILE", help="Rows of pictures in an .npz file instead.")
@click.option("--row", metavar="N", type=click.IntRange(0), help="Only this input of the .npz.")
def command(
    model: str, text: str | None, file: str | None, images: str | None, row: int | None
) -> None:
    """Print the output of the learnt MODEL for INPUT, or for each input in a file.

    INPUT is tokens separated by spaces. What follows a tab in a line of FILE is passed over, so
    that PAIRS can be given. An .npz file is like that of `nsr train`; its outputs are not looked
    at and may be missing. Where there is no output the line says "no answer" and why.
    """
    if (text is not None) + (file is not None) + (images is not None) != 1:
        raise click.UsageError("give one of INPUT, --file and --images")
    if file is not None and file.endswith(".npz"):
        file, images = None, file
    if row is not None and images is None:
        raise click.UsageError("--row is for a file of pictures")
    from nsr.data.images import read_image_pairs, read_row
    from nsr.data.jsonfile import source_name
    from nsr.data.pairs import read_inputs
    from nsr.machine import load

    machine = load(model)
    inputs: Any
    if images is not None:
        inputs = read_image_pairs(images, outputs=False) if row is None else [read_row(images, row)]
    elif file is not None:
        inputs = read_inputs(file)
    else:
        inputs = [tuple((text or "").split())]
    path = images or file
    with about(path and source_name(path)):
        values = machine.predict(inputs)
    for value in values:
        click.echo(machine.show(value))
