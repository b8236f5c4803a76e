"""`nsr train --latent`, and `nsr solve` with the network it leaves."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import nsr
from nsr.cli import main
from nsr.cli.train import SYMMETRIES
from nsr.latent.solver import LatentSolver
from nsr.latent.symmetry import KINDS
from nsr.latent.training import Trainer


def run(*args: str) -> Result:
    return CliRunner().invoke(main, args)


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    """Recolouring: one colour becomes another, the same in all pairs of a task."""
    draw, found = random.Random(0), {}
    for number in range(12):
        colour = draw.randint(2, 4)
        grids = [[[draw.choice((0, 1)) for _ in range(2)] for _ in range(2)] for _ in range(5)]
        pairs = [
            {"input": g, "output": [[colour * cell for cell in row] for row in g]} for g in grids
        ]
        found[f"t{number}"] = {"train": pairs[:4], "test": pairs[4:]}
    path = tmp_path / "tasks.json"
    path.write_text(json.dumps(found))
    return path


@pytest.mark.parametrize(("local", "parts"), [(False, 1), (True, 1), (True, 2)])
def test_train_then_solve(
    tasks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, local: bool, parts: int
) -> None:
    model = tmp_path / "recolour.safetensors"
    options = ["--model", str(model), "--steps", "220", "--json", *["--local"] * local]
    options += ["--parts", str(parts)] if parts > 1 else []
    result = run("train", "--latent", str(tasks), *options)
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout)
    assert (said["tasks"], said["steps"]) == (12, 220)
    assert [path.name for path in tmp_path.glob("recolour*")] == [model.name]
    solver = nsr.load(model)
    assert isinstance(solver, LatentSolver)
    assert (solver.size.heads == 0) == (solver.size.reach == 1) == local
    assert solver.parts == parts
    monkeypatch.setenv("NSR_LATENT", str(tmp_path))
    (tmp_path / "one.json").write_text(json.dumps(json.loads(tasks.read_text())["t0"]))
    out = run("solve", str(tmp_path / "one.json"), "--searcher", "latent").output
    assert "latent(x0, " in out
    assert "recolour@" in out.replace("\n", "")


def write_lists(folder: Path) -> dict[str, list[list[list[int]]]]:
    """Recolouring of lists: a file of lines for each task. Name -> pairs."""
    draw, found = random.Random(0), {}
    for number in range(12):
        colour = draw.randint(2, 4)
        inputs = [[draw.choice((0, 1)) for _ in range(4)] for _ in range(5)]
        found[f"t{number}"] = [[xs, [colour * x for x in xs]] for xs in inputs]
    for name, pairs in found.items():
        lines = [f"{json.dumps(x)}\t{json.dumps(y)}\n" for x, y in pairs]
        (folder / f"{name}.tsv").write_text("".join(lines))
    return found


def test_lists_from_files_train_as_those_of_a_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lists = tmp_path / "lists"
    lists.mkdir()
    found = write_lists(lists)
    (tmp_path / "lists.json").write_text(json.dumps(dict(sorted(found.items()))))
    nets = tmp_path / "nets"
    nets.mkdir()
    options = ("--domain", "sequences", "--local", "--steps", "220", "--model")
    for tasks in (lists, tmp_path / "lists.json"):
        model = nets / f"{tasks.suffix[1:] or 'tsv'}.safetensors"
        result = run("train", "--latent", str(tasks), *options, str(model))
        assert result.exit_code == 0, result.output
        assert "12 tasks" in result.stdout
        assert "nsr solve TASK --domain sequences --searcher latent" in result.stdout
    first, second = nets.iterdir()
    assert first.read_bytes() == second.read_bytes()
    second.unlink()
    monkeypatch.setenv("NSR_LATENT", str(nets))
    solve = ("solve", str(lists / "t0.tsv"), "--domain", "sequences", "--searcher", "latent")
    output = run(*solve).output
    assert f"program  latent(x0, {first.stem}@" in output, output
    line = json.loads(run(*solve, "--json").stdout)
    assert line["program"] in output
    assert line["python"] is None
    refused = run(*solve, "--python")
    assert refused.exit_code == 2
    assert "there is no Python form of the primitive 'latent'" in refused.stderr


@pytest.mark.parametrize("name", ["net.v2", "a b", "a@b", "Big", "1", "net.pt"])
def test_names_that_no_program_could_tell_are_refused(
    tasks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    name = name if name.endswith(".pt") else f"{name}.safetensors"
    result = run("train", "--latent", str(tasks), "--model", str(tmp_path / name), "--steps", "1")
    assert result.exit_code == 2
    assert f"{name}: expected a file NAME.safetensors for a network" in result.stderr
    if not name.endswith(".pt"):
        (tmp_path / name).write_bytes(b"")
        monkeypatch.setenv("NSR_LATENT", str(tmp_path))
        with pytest.raises(nsr.InputError, match=r"expected a file NAME\.safetensors"):
            nsr.solve([([1], [2]), ([2], [3])], searcher="latent")


def test_why_there_is_no_answer_is_told(
    tasks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.json").write_text(json.dumps(json.loads(tasks.read_text())["t0"]))
    options = ("solve", str(tmp_path / "one.json"), "--searcher", "latent")
    reason = "inputs are not like those of training"
    assert reason in json.loads(run(*options, "--json").stdout)["declined"]["latent"]
    assert f"latent declined: patterns: {reason}" in " ".join(run(*options).output.split())
    monkeypatch.setenv("NSR_LATENT", str(tmp_path / "nowhere"))
    result = run(*options)
    assert result.exit_code == 2
    assert "NSR_LATENT: expected a directory of networks, got" in result.stderr
    monkeypatch.setenv("NSR_LATENT", str(tmp_path))
    (tmp_path / "bad.safetensors").write_bytes(b"nonsense")
    result = run(*options)
    assert result.exit_code == 2
    assert "bad.safetensors: not a file of latent programs" in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_interrupted_training_goes_on(
    tasks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Trainer._step

    def interrupted(self: Trainer[nsr.latent.network.Network]) -> object:
        if self.progress.step == 130:
            raise KeyboardInterrupt
        return step(self)

    options = ("train", "--latent", str(tasks), "--steps", "150", "--model")
    model = tmp_path / "a.safetensors"
    monkeypatch.setattr(Trainer, "_step", interrupted)
    result = run(*options, str(model))
    assert result.exit_code == 130
    assert "go on with --resume" in result.output
    assert not model.exists()
    monkeypatch.setattr(Trainer, "_step", step)
    assert run(*options, str(model), "--resume").exit_code == 0
    assert run(*options, str(tmp_path / "b.safetensors")).exit_code == 0
    assert model.read_bytes() == (tmp_path / "b.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["none.json", "--model", "a.safetensors"], "none.json"),
        (["TASKS", "--model", "folder"], "expected a file NAME.safetensors"),
        (["TASKS", "--model", "none/a.safetensors"], "cannot write"),
        (["TASKS", "--model", "a.safetensors", "--resume"], "cannot read: no such file"),
        (["TASKS", "--model", "a.safetensors", "--noise", "0.1"], "there are only --domain"),
        (["TASKS", "--model", "a.safetensors", "--domain", "lists"], "unknown domain 'lists'"),
        (
            ["TASKS", "--model", "a.safetensors", "--domain", "sequences"],
            "tasks.json, task 't0': expected {\"examples\": [...]",
        ),
        (
            [".", "--model", "a.safetensors", "--domain", "sequences"],
            'expected {"examples": [...]',
        ),
        (
            ["none", "--model", "a.safetensors", "--domain", "sequences"],
            "none: cannot read: No such file or directory",
        ),
        (
            ["LISTS", "--model", "a.safetensors", "--domain", "integers"],
            "expected a value of one of the types",
        ),
    ],
)
def test_bad_input_is_one_line(
    tasks: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    lists = tmp_path / "lists"
    lists.mkdir()
    write_lists(lists)
    files = {"TASKS": str(tasks), "LISTS": str(lists)}
    result = run("train", "--latent", *[files.get(option, option) for option in options])
    assert result.exit_code == 2
    assert reason in result.output
    assert len(result.output.strip().splitlines()) == 1
    assert not (tmp_path / "a.safetensors").exists()


@pytest.mark.parametrize("option", ["--steps 3", "--symmetries none", "--local", "--parts 2"])
def test_options_of_latent_programs_need_it(tmp_path: Path, option: str) -> None:
    result = run("train", "pairs.tsv", "--model", str(tmp_path), *option.split())
    assert result.exit_code == 2
    assert "are for --latent" in result.output


def test_the_command_knows_all_symmetries() -> None:
    assert SYMMETRIES == KINDS
