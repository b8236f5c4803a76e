"""The benchmark of latent programs: families, baselines, records."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks import latent
from benchmarks.baselines import in_context
from benchmarks.baselines.in_context import InContext
from benchmarks.latent.families import get_family, names, patterns, rearc, rewriting
from benchmarks.report import latent as report
from nsr.data.sets import data_folder
from nsr.errors import InputError, UnknownNameError
from nsr.latent.canvas import Canvas
from nsr.latent.objective import misfit_of
from tests.latents import SMALL


def has_pack() -> bool:
    folder = data_folder()
    return folder is not None and (folder / rearc.FILE).exists()


@pytest.mark.parametrize("name", names())
def test_families_fit_their_canvas_and_repeat(name: str) -> None:
    if name == "rearc" and not has_pack():
        pytest.skip("NSR_DATA has no data pack rearc")
    family = get_family(name)
    for test, draw in (("", family.draw), *family.tests.items()):
        one, two = (draw(np.random.default_rng(3), 5, 4) for _ in range(2))
        pairs = 8 if "twice" in test else 4
        assert one.x.shape == one.y.shape
        assert one.x.shape == (5, pairs, family.canvas.height, family.canvas.width)
        assert one.x.dtype == one.y.dtype == np.uint8
        assert max(one.x.max(), one.y.max()) <= family.canvas.void
        assert np.array_equal(one.x, two.x)
        assert np.array_equal(one.y, two.y)


def test_unknown_families_are_named() -> None:
    with pytest.raises(UnknownNameError, match="pattern-3"):
        get_family("none")


@pytest.mark.parametrize("density", patterns.DENSITIES.values())
def test_patterns_hang_down_from_their_mark(density: float) -> None:
    drawn = patterns.draw(np.random.default_rng(0), 50, 3, side=3, density=density)
    coloured = 0
    for x, y in zip(drawn.x, drawn.y, strict=True):
        stamped = []
        for grid, answer in zip(x, y, strict=True):
            (row,), (column,) = np.nonzero(grid)
            part = answer[row : row + 3, column : column + 3]
            assert (answer > 0).sum() == (part > 0).sum()
            stamped.append(part)
        assert all(np.array_equal(part, stamped[0]) for part in stamped)
        coloured += int((stamped[0] > 0).sum())
    assert coloured / 450 == pytest.approx(density, abs=0.08)


def test_rules_rewrite_each_sequence_alike() -> None:
    # A program is the task's, so equal inputs have equal outputs, and the order is of no account.
    drawn = rewriting.draw(np.random.default_rng(1), 300, 30)
    changed = 0
    for x, y in zip(drawn.x[:, :, 0], drawn.y[:, :, 0], strict=True):
        seen: dict[bytes, bytes] = {}
        for a, b in zip(x, y, strict=True):
            assert seen.setdefault(a.tobytes(), b.tobytes()) == b.tobytes()
        changed += int((x != y).any())
    assert changed > 290
    assert drawn.y.max() == rewriting.SYMBOLS - 1


def test_programs_of_one_rule_are_trained_on_and_longer_ones_asked() -> None:
    family = get_family("rewriting-single")
    drawn = family.draw(np.random.default_rng(1), 200, 20)
    # A cell depends on the three cells around it.
    for x, y in zip(drawn.x[:, :, 0], drawn.y[:, :, 0], strict=True):
        seen: dict[bytes, int] = {}
        for a, b in zip(np.pad(x, ((0, 0), (1, 1)), constant_values=9), y, strict=True):
            for place, cell in enumerate(b):
                assert seen.setdefault(a[place : place + 3].tobytes(), int(cell)) == cell
    assert family.tests["3 to 5 rules"] is rewriting.draw
    assert family.parts == rewriting.RULES[1]


def test_held_out_rules_are_not_trained_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NSR_DATA", raising=False)
    rearc.rules.cache_clear()
    with pytest.raises(InputError, match="NSR_DATA"):
        rearc.rules()
    rearc.rules.cache_clear()


def test_small_rules_are_parted() -> None:
    if not has_pack():
        pytest.skip("NSR_DATA has no data pack rearc")
    known, held = rearc.rules()
    assert len(held) * 4 >= len(known) > 3 * len(held)
    texts = [{p.tobytes() for p in np.concatenate([r.x, r.y], 2)} for r in (*known, *held)]
    for one in texts[: len(known)]:
        assert not any(one & other for other in texts[len(known) :])


def test_the_in_context_network_sees_all_pairs_and_no_answer() -> None:
    canvas = Canvas("grids", 4, 4, 3)
    torch.manual_seed(0)
    network = InContext(canvas, SMALL)
    x, y = torch.randint(3, (2, 5, 3, 4, 4), dtype=torch.uint8)
    asked = network.ask(x[:, :2], y[:, :2], x[:, 2]).cells
    other = y.clone()
    other[:, 0] = (other[:, 0] + 1) % 3
    assert not torch.allclose(asked, network.ask(x[:, :2], other[:, :2], x[:, 2]).cells)
    assert tuple(in_context.answers(network, x[:, :2], y[:, :2], x[:, 2]).shape) == (5, 4, 4)


def test_fine_tuning_learns_the_pairs_and_leaves_the_network_alone() -> None:
    canvas = Canvas("grids", 4, 4, 3)
    torch.manual_seed(0)
    network = InContext(canvas, SMALL)
    before = {k: v.clone() for k, v in network.state_dict().items()}
    x, y = torch.randint(3, (2, 3, 4, 4), dtype=torch.uint8)
    tuned = in_context.tuned(network, x, y, steps=60, rate=1e-2)
    assert all(torch.equal(v, before[k]) for k, v in network.state_dict().items())

    def misfit(net: InContext) -> float:
        decoded = net.ask(x[None, :2], y[None, :2], x[None, 2])
        return float(misfit_of(canvas, decoded, y[None, 2]).detach())

    assert misfit(tuned) < 0.5 * misfit(network)


def test_a_run_leaves_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latent, "STRATEGIES", {"mean": latent.Mean(), "g": latent.Gradient(2)})
    options = ["--family", "pattern-3", "--steps", "3", "--tasks", "4", "--tuned", "2"]
    more = ["--seeds", "0,1", "--results", str(tmp_path), "--save", str(tmp_path / "n.safetensors")]
    latent.run([*options, *more, "--jitter", "0.5"])
    (path,) = tmp_path.glob("latent-*.json")
    record = json.loads(path.read_text())
    assert record["settings"]["family"] == "pattern-3"
    assert record["settings"]["schedule"]["jitter"] == 0.5
    # Two seeds, three tests; two strategies, one pass and one with fine-tuning.
    assert len(record["rows"]) == 2 * 3 * 4
    assert all(len(found) == 2 for tests in record["summary"].values() for found in tests.values())
    assert (tmp_path / "n.safetensors").stat().st_size < 3_000_000
    assert not list((tmp_path / ".checkpoints").iterdir())


def test_programs_with_parts_are_composed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latent, "STRATEGIES", {"mean": latent.Mean()})
    monkeypatch.setattr(latent, "LONG", {})
    monkeypatch.setattr(latent, "TUNED", (1, 2))
    options = ["--steps", "3", "--tasks", "2", "--tuned", "1", "--long", "--results", str(tmp_path)]
    latent.run(["--family", "rewriting-single", *options])
    (path,) = tmp_path.glob("latent-*.json")
    record = json.loads(path.read_text())
    assert record["settings"]["parts"] == 5
    searches = [row["search"].partition(", rate")[0] for row in record["rows"]]
    composed = ["composition, gradient 10", "composition, gradient 100"]
    tuned = ["none", "fine-tuning 1", "fine-tuning 2"]
    assert searches == [*["mean", *composed] * 2, *tuned * 2]


def short_run(results: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Options of a run of two steps that keeps a checkpoint after each."""
    monkeypatch.setattr(latent, "STRATEGIES", {"mean": latent.Mean()})
    monkeypatch.setattr("nsr.latent.training.KEEP", 1)
    few = ["--steps", "2", "--tasks", "2", "--tuned", "1"]
    return ["--family", "pattern-3", *few, "--results", str(results)]


def stop(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_an_interrupted_evaluation_does_not_train_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = [*short_run(tmp_path, monkeypatch), "--no-baselines"]
    with monkeypatch.context() as patch:
        patch.setattr(latent, "searched", stop)
        with pytest.raises(KeyboardInterrupt):
            latent.run(options)
    with monkeypatch.context() as patch:
        patch.setattr("nsr.latent.training.Trainer._step", stop)
        latent.run(options)
    assert len(list(tmp_path.glob("latent-*.json"))) == 1
    assert not list((tmp_path / ".checkpoints").iterdir())


def test_an_interrupted_baseline_leaves_the_record_of_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = short_run(tmp_path, monkeypatch)
    with monkeypatch.context() as patch:
        patch.setattr(latent, "in_context_rows", stop)
        with pytest.raises(KeyboardInterrupt):
            latent.run(options)
    (path,) = tmp_path.glob("latent-*.json")
    record = json.loads(path.read_text())
    assert record["settings"]["seeds"] == [0]
    assert {row["method"] for row in record["rows"]} == {"latent"}
    (kept,) = (tmp_path / ".checkpoints").glob("*.safetensors")
    assert kept.stat().st_size > 0


def test_trainings_with_other_settings_have_other_checkpoints(tmp_path: Path) -> None:
    family = get_family("pattern-3")
    plan = latent.Plan(5, 0.0, 1, 1, (1,), family.size, {}, tmp_path)
    others = [replace(plan, jitter=0.5), replace(plan, size=replace(plan.size, heads=1))]
    paths = {latent.checkpoint_of(family, one, 0) for one in (plan, *others)}
    assert len(paths) == 3
    assert latent.checkpoint_of(family, plan, 1) not in paths


def test_a_network_for_local_rules_can_be_one_with_attention(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    latent.run([*short_run(tmp_path, monkeypatch), "--no-baselines", "--attention"])
    (path,) = tmp_path.glob("latent-*.json")
    size = json.loads(path.read_text())["settings"]["size"]
    assert (size["heads"], size["reach"]) == (4, 0)


def test_baselines_alone_take_as_long_as_latent_programs_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(latent, "pace", lambda *_: 3.0)
    asked: list[float] = []

    def rows(*arguments: object) -> list[dict[str, object]]:
        asked.append(float(str(arguments[-1])))
        return [{"seed": 0, "method": "in-context", "test": "a", "search": "none", "exact": 0.5}]

    monkeypatch.setattr(latent, "in_context_rows", rows)
    options = [*short_run(tmp_path, monkeypatch), "--no-latent"]
    with monkeypatch.context() as patch:
        patch.setattr(latent, "searched", stop)
        with pytest.raises(KeyboardInterrupt):
            latent.run(options[:-1])
    (unfinished,) = (tmp_path / ".checkpoints").iterdir()
    latent.run(options)
    assert unfinished.exists()
    assert asked == [6.0]
    (path,) = tmp_path.glob("latent-*.json")
    record = json.loads(path.read_text())
    assert [row["method"] for row in record["rows"]] == ["in-context"]
    assert record["settings"]["schedule"]["steps"] == 2


def test_the_pace_is_that_of_the_network_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latent, "PACE", 2)
    monkeypatch.setattr("nsr.latent.solver.LOOKED", 1)
    family = get_family("pattern-3")
    plan = latent.Plan(5, 0.0, 1, 1, (1,), family.size, {}, Path())
    assert latent.pace(family, plan, 0) > 0


def write_record(
    folder: Path,
    name: str,
    seed: int,
    exact: float,
    row: dict[str, object],
    *,
    jitter: float = 0.0,
    steps: int = 9,
    **size: int,
) -> None:
    row |= {"seed": seed, "test": "in distribution", "exact": exact, "cpu_seconds_per_task": 0.002}
    row |= {"tasks": 20}
    schedule = {"steps": steps, "jitter": jitter}
    settings = {"family": "rewriting", "schedule": schedule, "seeds": [seed]}
    record = {"settings": settings | {"size": {**SMALL.as_json(), **size}}, "rows": [row]}
    (folder / f"latent-{name}.json").write_text(json.dumps(record))


def test_the_report_joins_seeds_and_takes_the_last_record_of_each(tmp_path: Path) -> None:
    def write(name: str, seed: int, exact: float, rate: str) -> None:
        row = {"method": "in-context", "search": f"fine-tuning 5, rate {rate}"}
        write_record(tmp_path, name, seed, exact, row)

    write("1", 0, 0.1, "0.1")
    write("2", 0, 0.5, "0.1")
    write("3", 1, 0.75, "0.2")
    (table,) = report.tables(tmp_path)
    assert table.head[:4] == ("Integer sequences", "in distribution", "seeds", "tasks")
    assert table.head[4:] == ("training", f"CPU a task in batches of {latent.BATCH}")
    assert table.rows[0][:4] == ("in-context, fine-tuning 5", "62.5 (50.0-75.0)", "2", "20")
    assert table.rows[0][-1] == "2 ms alone"
    assert table.rows[1][:2] == ("*LPN, mean, published*", "71.3")
    assert table.rows[2][:2] == ("*LPN, gradient 10, published*", "86.1")
    assert "The generator of the published sequences" in report.markdown(tmp_path)
    assert "<td>LPN, gradient 10, published</td>" in "".join(report.html(tmp_path))
    assert report.html(tmp_path / "none") == []


def test_the_report_keeps_baselines_when_latent_programs_are_asked_again(tmp_path: Path) -> None:
    for name, method, exact in (("1", "in-context", 0.1), ("2", "latent", 0.2), ("3", "latent", 1)):
        write_record(tmp_path, name, 0, exact, {"method": method, "search": "mean"})
    (table,) = report.tables(tmp_path)
    measured = [line[:2] for line in table.rows if "published" not in line[0]]
    assert measured == [
        ("in-context, mean", "10.0"),
        ("latent, mean (9 steps, attention)", "100.0"),
    ]


def test_the_report_keeps_networks_of_other_shapes_apart(tmp_path: Path) -> None:
    for name, seed, size in (("1", 0, {}), ("2", 1, {"heads": 0, "reach": 1}), ("3", 2, {})):
        row = {"method": "latent", "search": "mean"}
        write_record(tmp_path, name, seed, 0.25 * (seed + 1), row, **size)
    write_record(tmp_path, "4", 0, 1.0, {"method": "latent", "search": "mean"}, jitter=0.5)
    (table,) = report.tables(tmp_path)
    found = {line[0]: line[1:3] for line in table.rows if line[0].startswith("latent")}
    assert found == {
        "latent, mean (9 steps, attention)": ("50.0 (25.0-75.0)", "2"),
        "latent, mean (9 steps, neighbours)": ("50.0", "1"),
        "latent, mean (9 steps, attention and jitter)": ("100.0", "1"),
    }


def test_the_brief_report_has_the_training_with_most_seeds_and_some_searches(
    tmp_path: Path,
) -> None:
    def write(name: str, seed: int, search: str, method: str = "latent", **size: int) -> None:
        write_record(tmp_path, name, seed, 0.5, {"method": method, "search": search}, **size)

    def brief() -> list[str]:
        (table,) = report.tables(tmp_path, brief=True)
        return [line[0] for line in table.rows if line[0].startswith("latent")]

    write("1", 0, "gradient 20, held out")
    write("2", 1, "gradient 5")
    write("3", 0, "mean", heads=0, reach=1)
    assert brief() == ["latent, gradient 20, held out (9 steps, attention)"]
    write("4", 1, "random 60", heads=0, reach=1)
    assert set(brief()) == {
        "latent, mean (9 steps, neighbours)",
        "latent, random 60 (9 steps, neighbours)",
    }
    # Of as many seeds, but with a baseline.
    write("5", 0, "none", "in-context")
    assert brief() == ["latent, gradient 20, held out (9 steps, attention)"]
    (table,) = report.tables(tmp_path, brief=True)
    assert "in-context, no fine-tuning" in [line[0] for line in table.rows]


def test_the_brief_report_has_shorter_trainings_of_the_same_network(tmp_path: Path) -> None:
    def write(name: str, steps: int, search: str, seed: int = 0, **size: int) -> None:
        row: dict[str, object] = {"method": "latent", "search": search}
        write_record(tmp_path, name, seed, 0.5, row, steps=steps, **size)

    def brief() -> list[str]:
        (table,) = report.tables(tmp_path, brief=True)
        return [line[0] for line in table.rows if line[0].startswith("latent")]

    write("1", 4, "mean")
    write("2", 4, "random 60", heads=0, reach=1)
    write("3", 9, "random 60")
    assert brief() == [
        "latent, random 60 (9 steps, attention)",
        "latent, mean (4 steps, attention)",
    ]
    write("4", 9, "random 60", seed=1)
    assert brief() == ["latent, random 60 (9 steps, attention)"]
