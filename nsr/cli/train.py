"""`nsr train`: a machine from pairs of inputs and outputs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from nsr.cli import Interruption, say

SYMMETRIES = ("none", "poses", "colours", "poses+colours")


@click.command()
@click.argument("pairs", metavar="PAIRS")
@click.option("--model", required=True, metavar="DIR", help="Where the learnt machine goes.")
@click.option(
    "--domain",
    metavar="NAME",
    help="Kind of outputs.  [default: sequences; with --latent, grids]",
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
@click.option(
    "--noise",
    type=click.FloatRange(0, 0.5, max_open=True),
    metavar="P",
    help="Share of pairs with a wrong output.  [default: none unless there are signs of it; for "
    "integers it is always estimated, and P is not used]",
)
@click.option(
    "--validation", metavar="FILE", help="Pairs of pictures that choose among stages of learning."
)
@click.option(
    "--images", metavar="FILE", help="The .npz file that holds the pictures of all these pairs."
)
@click.option("--resume", is_flag=True, help="Go on where learning from pictures was interrupted.")
@click.option("--latent", is_flag=True, help="Learn latent programs from tasks instead.")
@click.option(
    "--steps",
    type=click.IntRange(1, 10**8),
    metavar="N",
    help="Of training with --latent.  [default: 8000]",
)
@click.option(
    "--symmetries",
    type=click.Choice(SYMMETRIES),
    help="Views under which the tasks of --latent stay the same.  [default: none]",
)
@click.option(
    "--local",
    is_flag=True,
    help="Rules of --latent look only at what is near; such are learnt several times faster.",
)
@click.option(
    "--parts",
    type=click.IntRange(1, 100),
    metavar="N",
    help="Solve with programs of up to N of those that --latent learns, in a row.  [default: 1]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    pairs: str,
    model: str,
    domain: str | None,
    seed: int,
    seconds: float | None,
    noise: float | None,
    validation: str | None,
    images: str | None,
    resume: bool,
    latent: bool,
    steps: int | None,
    symmetries: str | None,
    local: bool,
    parts: int | None,
    as_json: bool,
) -> None:
    """Learn a language from PAIRS, or with --latent a space of programs from tasks.

    PAIRS is a file with one pair per line, input<TAB>output, tokens separated by spaces; `-` is
    standard input. No grammar, word meaning or order is given. How many of the training pairs
    come out right tells whether the language was understood.

    PAIRS.npz has rows of pictures as inputs and numbers as outputs: the arrays images
    (uint8[m, h, w], or in symbols.npz beside it), symbol_index (a row of images for every position
    of every input), offset (input i is symbol_index[offset[i]:offset[i + 1]]) and value. The state
    after each stage is kept in DIR until learning is complete.

    With --latent PAIRS are ARC tasks of one family (a file, a directory or a named set), and DIR is
    the file NAME.safetensors of the network. With --domain sequences they are lists of numbers: a
    directory of files as `nsr solve` takes them, or a JSON file {name: examples, ...}.
    """
    if latent:
        others = (seconds, noise, validation, images)
        if any(value is not None for value in others):
            raise click.UsageError(
                "with --latent there are only --domain, --steps, --symmetries, --local, --parts, "
                "--seed, --resume"
            )
        from nsr.cli._latent import train

        train(
            pairs,
            model,
            domain=domain or "grids",
            steps=steps or 8000,
            symmetries=symmetries or "none",
            local=local,
            parts=parts or 1,
            seed=seed,
            resume=resume,
            as_json=as_json,
        )
        return
    if steps is not None or symmetries is not None or local or parts is not None:
        raise click.UsageError("--steps, --symmetries, --local and --parts are for --latent")
    pictured = pairs.endswith(".npz")
    if not pictured and (validation or images or resume):
        raise click.UsageError("--validation, --images and --resume are for PAIRS.npz")
    from nsr.data.images import ImagePairs, read_image_pairs
    from nsr.data.pairs import read_pairs
    from nsr.machine import Machine, check_model

    machine = Machine(domain=domain or "sequences", seed=seed, seconds=seconds, noise=noise)
    progress = None if as_json else say
    if noise is not None and not machine.uses_noise:
        say("the share of wrong words is estimated from the pairs; --noise is not used")
    if pictured:
        data: ImagePairs | list[tuple[tuple[str, ...], object]] = read_image_pairs(pairs, images)
        chosen = None if validation is None else read_image_pairs(validation, images)
        check_model(model, pictures=True)
        try:
            machine.fit(data, validation=chosen, checkpoint=model, resume=resume, progress=progress)
        except KeyboardInterrupt:
            raise Interruption(_left(model)) from None
    else:
        data = read_pairs(pairs, machine.read)
        check_model(model, pictures=False)
        machine.fit(data, progress=progress)
    machine.save(model)
    assert machine.lexicon_ is not None
    heads = sum(entry.arity > 0 for entry in machine.lexicon_.entries.values())
    if as_json:
        counts = {"n": len(data), "exact": machine.exact_, "entries": heads}
        click.echo(json.dumps(counts))
        return
    click.echo(f"{len(data)} pairs, {machine.exact_:.2%} of them come out right")
    click.echo(f"{heads} words with arguments learnt; model in {model}")
    if not machine.complete_:
        click.echo("Time ran out before the last stage: go on with --resume.")
    elif machine.exact_ < 1.0 and not pictured:
        click.echo("The language was not understood as a whole: expect wrong answers.")


def _left(model: str) -> str:
    """What an interrupted training leaves behind."""
    from nsr.data.picture_models import CHECKPOINT

    there = (Path(model) / CHECKPOINT).exists()
    return f"go on with --resume, {CHECKPOINT} is in {model}" if there else ""
