"""The logger of OpenAI baselines in its three files, and in improved-diffusion."""

import json
from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reinforcement.stable_baselines import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate
from tests.damaged_logs import assert_survives
from tests.reading.formats.line_logs import codes, knows

SB3 = "train/value_loss,time/total_timesteps,train/learning_rate,train/loss\n"
ROWS = ",10,,\n0.5,20,0.001,3.0\n0.4,30,0.001,2.0\n"
DIFFUSION = "grad_norm,loss,loss_q0,loss_q3,samples,step\n125,33,97,13,256,0\n72,14,28,12,2816,10\n"


def table(*rows: tuple[str, object]) -> str:
    """As the loggers' text format writes it, rows of a group below its name."""
    shown: list[tuple[str, str]] = []
    group = ""
    for name, value in rows:
        above, slash, own = name.partition("/")
        if slash and above != group:
            shown.append((f"{above}/", ""))
            group = above
        shown.append((f"   {own}" if slash else name, f"{value:<8.3g}" if isinstance(value, float) else str(value)))
    width, wide = (max(map(len, column)) for column in zip(*shown, strict=True))
    rule = "-" * (width + wide + 7) + "\n"
    return rule + "".join(f"| {name:<{width}} | {value:<{wide}} |\n" for name, value in shown) + rule


def log(steps: list[object]) -> str:
    return "Logging to logs\n" + "".join(table(("loss", 3.0 - i), ("step", step)) for i, step in enumerate(steps))


def saved(tmp_path: Path, text: str, name: str = "progress.csv") -> Path:
    path = tmp_path / name
    path.write_text(text)
    return path


def read(*paths: Path) -> Run:
    source = Source(paths[0] if len(paths) == 1 else paths[0].parent, paths, READER.name, "test")
    (run,) = READER.read(source)
    return run


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (SB3 + ROWS, True),
        ("loss/value_loss,misc/total_timesteps\n1,10\n2,20\n", True),
        (DIFFUSION, True),
        ("episode_reward,frame,value\n0,640,1\n0,1280,2\n", True),
        ("eprewmean,frame,loss\n0,640,1\n0,1280,2\n", True),
        ('{"train/loss": 1.5, "time/total_timesteps": 10}\n', True),
        (log([0, 10]), True),
        (table(("time/total_timesteps", 10), ("train/loss", 1.5)), True),
        ("loss,samples,step\n1,2,3\n1,2,4\n", False),
        ("step,loss,lr\n0,3,1\n1,2,1\n", False),
        ("frame,loss\n0,3\n1,2\n", False),
        ('{"iteration": 19, "total_loss": 1.5}\n', False),
        ("-----------------\n| a | b |\n-----------------\n", False),
        ("| name | loss |\n|------|------|\n| a    | 1    |\n", False),
        (table(("accuracy", 0.5), ("name", "resnet")), False),
        (table(("loss", 0.5)), False),
        ("-" * 40 + "\n" + "step 1 loss 2\n", False),
        ("", False),
    ],
)
def test_recognised(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, saved(tmp_path, text)) is known


def test_the_table(tmp_path: Path) -> None:
    run = read(saved(tmp_path, SB3 + ROWS))
    assert run.step_axis == "time/total_timesteps"
    assert run.series["train/loss"].step.tolist() == [20, 30]
    roles = assign_roles(run)
    assert (roles.loss, roles.lr) == ("train/loss", "train/learning_rate")
    assert codes(run) == []


def test_diffusion_logs_means(tmp_path: Path) -> None:
    run = read(saved(tmp_path, DIFFUSION))
    assert (run.step_axis, assign_roles(run).loss) == ("step", "loss")
    assert codes(run) == ["aggregated"]


def test_nan_restart_and_torn_tail(tmp_path: Path) -> None:
    run = read(saved(tmp_path, SB3 + ROWS + "0.4,20,0.001,nan\n0.4,30,0.001,inf\n1,4"))
    np.testing.assert_array_equal(run.series["train/loss"].value, [np.nan, np.inf])
    assert {"restart", "torn-tail"} == set(codes(run))


def test_json_lines(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"time/total_timesteps": 10 * i, "train/loss": 3 - i, "x": "y"} for i in range(3)]
    run = read(saved(tmp_path, "".join(json.dumps(row) + "\n" for row in rows), "progress.json"))
    assert run.step_axis == "time/total_timesteps"
    assert {tag: points.step.tolist() for tag, points in run.series.items()} == {"train/loss": [0, 10, 20]}


def test_ascii_tables(tmp_path: Path) -> None:
    text = "Using cpu device\n" + "".join(
        table(("rollout/ep_rew_mean", -5.5), ("time/total_timesteps", 2048 * i), ("train/loss", loss))
        for i, loss in enumerate((3.25, float("nan"), 1e-5))
    )
    run = read(saved(tmp_path, text, "log.txt"))
    assert run.step_axis == "time/total_timesteps"
    assert set(run.series) == {"rollout/ep_rew_mean", "train/loss"}
    assert run.series["train/loss"].step.tolist() == [0, 2048, 4096]
    np.testing.assert_array_equal(run.series["train/loss"].value, [3.25, np.nan, 1e-5])
    assert codes(run) == []


def test_steps_of_three_digits_are_spread(tmp_path: Path) -> None:
    exact = [640.0 * i for i in range(1, 400)]
    run = read(saved(tmp_path, log(list(exact)), "log.txt"))
    step = run.series["loss"].step
    assert (np.diff(step) > 0).all()
    np.testing.assert_allclose(step, exact, rtol=5e-3)
    assert codes(run) == ["one-step-many-values"]


def test_whole_steps_that_repeat_are_left_as_they_are(tmp_path: Path) -> None:
    run = read(saved(tmp_path, log([0, 10, 10, 20]), "log.txt"))
    assert run.series["loss"].step.tolist() == [0, 10, 10, 20]


@pytest.mark.parametrize(
    ("text", "steps", "said"),
    [
        (log([0, 10, 20]) + log([10, 20, 30]), [0, 10, 20, 30], ["restart"]),
        (log([0, 10]) + "---------------------\n| loss | 1.0", [0, 10], ["torn-tail"]),
        (log([0, 10]).replace("| loss", "warning!\n| loss", 1), [10], []),
        ("".join(table(("loss", 3.0 - i), ("value", 1.0)) for i in range(3)), [0, 1, 2], ["steps-invented"]),
    ],
)
def test_odd_text(tmp_path: Path, text: str, steps: list[int], said: list[str]) -> None:
    run = read(saved(tmp_path, text, "log.txt"))
    assert (run.series["loss"].step.tolist(), codes(run)) == (steps, said)


def test_the_files_of_a_folder_are_one_run_of_the_best(tmp_path: Path) -> None:
    saved(tmp_path, SB3 + ROWS)
    saved(tmp_path, log([0, 10, 20]), "log.txt")
    (run,) = lrdoctor.read(tmp_path)
    assert run.source.format == READER.name
    assert "train/loss" in run.series
    assert len(run.source.files) == 2


def test_the_text_serves_where_the_table_cannot_be_read(tmp_path: Path) -> None:
    run = read(saved(tmp_path, SB3), saved(tmp_path, log([0, 10, 20]), "log.txt"))
    assert len(run.series["loss"]) == 3
    assert codes(run) == ["skipped"]
    with pytest.raises(UnreadableError, match="a table with a header and no row"):
        read(saved(tmp_path, SB3))


def test_damage(tmp_path: Path) -> None:
    assert_survives(READER, tmp_path / "progress.csv", (SB3 + ROWS).encode())
    assert_survives(READER, tmp_path / "log.txt", log([0, 1000.0, 2000.0, 2000.0]).encode())
    rows = '{"time/total_timesteps": 10, "train/loss": 3}\n' * 3
    assert_survives(READER, tmp_path / "progress.json", rows.encode())


@pytest.mark.parametrize(
    ("path", "points", "last", "axis"),
    [
        ("sb3/progress.csv", 102, 1020, "time/total_timesteps"),
        ("openai_logger_diffusion/logs_1e-4/progress.csv", 1039, 10_380, "step"),
        ("openai_logger_diffusion/progress_logs.csv", 2065, 20_640, "step"),
        ("openai_baselines_logger/run1/progress.csv", 994, 636_160, "frame"),
        ("openai_baselines_logger/run1/log.txt", 307, 196_250, "frame"),
    ],
)
def test_real_logs(real_logs: Path, path: str, points: int, last: float, axis: str) -> None:
    (run,) = lrdoctor.read(real_logs / path)
    assert (run.source.format, run.step_axis) == (READER.name, axis)
    series = next(series for tag, series in run.series.items() if tag in ("train/loss", "loss", "value"))
    assert len(series) == points
    assert series.step[-1] == pytest.approx(last, rel=1e-4)


def test_real_settings(real_logs: Path) -> None:
    (run,) = lrdoctor.read(real_logs / "sb3/progress.csv")
    assert learning_rate(run, assign_roles(run))[0] == pytest.approx(3e-4)
    text, exact = (
        lrdoctor.read(real_logs / "openai_baselines_logger/run1" / name)[0] for name in ("log.txt", "progress.csv")
    )
    np.testing.assert_allclose(text.series["value"].step, exact.series["value"].step[:307], rtol=5e-3)
    np.testing.assert_allclose(text.series["value"].value, exact.series["value"].value[:307], rtol=6e-3)


def test_no_other_real_log_is_taken(real_logs: Path) -> None:
    known = {path for path in real_logs.rglob("*") if path.is_file() and READER.recognise(look(path))}
    places = {path.relative_to(real_logs).parts[0] for path in known}
    assert places == {"sb3", "openai_baselines_logger", "openai_logger_diffusion"}
    assert len(known) == 5
