"""`lrdoctor sweep`, and the sweeps that `diagnose` finds."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.command_line import run_it

SAMPLES = Path(__file__).parents[2] / "sample_logs"


def test_a_folder_of_runs_is_answered_with_one_lr(tmp_path: Path) -> None:
    done = run_it("sweep", str(SAMPLES / "sweep"), "-o", str(tmp_path / "s.json"), "-o", str(tmp_path / "s.html"))
    assert (done.returncode, done.stdout) == (0, "")
    (sweep,) = json.loads((tmp_path / "s.json").read_text())["sweeps"]
    assert 0.0063 <= sweep["suggested_lr"] <= 0.063
    assert sweep["optimum"]["inside"] > 0.9
    assert [point["lr"] for point in sweep["curve"]] == pytest.approx([3e-4, 7e-4, 1.5e-3, 0.02, 0.13, 0.5])
    assert sweep["measure"] == "validation"
    page = (tmp_path / "s.html").read_text()
    assert page.index("What to do") < page.index("What each learning rate was worth")


def test_two_sweeps_are_told_apart_in_text() -> None:
    done = run_it("sweep", str(SAMPLES / "two-sweeps"), "-q")
    assert done.returncode == 0
    assert done.stdout.startswith("sweep AdamW, batch size 64: 3 runs, LR 3e-5 to 0.4\n")
    assert "\nsweep SGD+momentum, batch size 64: 3 runs, LR 5e-4 to 2\n" in done.stdout
    assert done.stdout.count("Best run: ") == 2


def test_diagnose_finds_the_sweeps_of_a_mixed_folder(tmp_path: Path) -> None:
    for name in ("two-sweeps", "too-high", "three-points-only"):
        shutil.copytree(SAMPLES / name, tmp_path / "runs" / name)
    (tmp_path / "runs" / "notes.txt").write_text("lunch\n")
    done = run_it("diagnose", str(tmp_path / "runs"), "--format", "json", "-q")
    assert done.returncode == 0
    data = json.loads(done.stdout)
    assert [len(sweep["runs"]) for sweep in data["sweeps"]] == [3, 3]
    named = {data["runs"][i]["name"] for sweep in data["sweeps"] for i in sweep["runs"]}
    assert named == {f"adamw_{lr}" for lr in ("3e-5", "5e-3", "0.4")} | {f"sgd_{lr}" for lr in ("5e-4", "0.06", "2")}


@pytest.mark.parametrize(
    ("paths", "says"),
    [
        (["too-high"], "1 run found: a sweep needs two that differ in learning rate"),
        (["no-lr-in-the-log", "too-high"], "2 runs found, 1 with a known LR"),
        (
            ["too-slow", "too-high"],
            "in LR alone. Beside the learning rate these differ: batch_size (64, 48)",
        ),
        (["restart-with-overlapping-steps", "three-points-only"], "all with the same LR"),
    ],
)
def test_runs_that_are_no_sweep_are_refused_in_one_line(paths: list[str], says: str) -> None:
    done = run_it("sweep", *(str(SAMPLES / path) for path in paths))
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr


def test_together_judges_them_all_the_same(tmp_path: Path) -> None:
    runs = [str(SAMPLES / "two-sweeps" / name) for name in ("adamw_5e-3", "sgd_0.06")]
    assert run_it("sweep", *runs).returncode == 2
    done = run_it("sweep", *runs, "--together", "--format", "json", "-q")
    assert done.returncode == 0
    (sweep,) = json.loads(done.stdout)["sweeps"]
    assert "optimizer" in sweep["differs"]


def test_nothing_to_read_is_one_line_and_2(tmp_path: Path) -> None:
    done = run_it("sweep", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_the_lr_is_carried_over_to_a_longer_run_and_another_batch() -> None:
    asked = ("--next-steps", "8000", "--next-batch", "256", "--format", "json", "-q")
    for command in ("sweep", "diagnose"):
        done = run_it(command, str(SAMPLES / "sweep"), *asked)
        assert done.returncode == 0
        (sweep,) = json.loads(done.stdout)["sweeps"]
        carried = sweep["carried_over"]
        assert (carried["steps"], carried["batch"]) == (8000, 256)
        assert carried["lr"] == pytest.approx(sweep["suggested_lr"] * carried["factor"], rel=1e-6)
    done = run_it("diagnose", str(SAMPLES / "too-high"), "--next-steps", "2000")
    assert "For 2,000 steps: LR " in " ".join(done.stdout.split())


@pytest.mark.parametrize("asked", [("--next-steps", "0"), ("--next-batch", "-4"), ("--next-steps", "many")])
def test_a_wrong_number_of_the_next_run_is_one_line_and_2(asked: tuple[str, str]) -> None:
    done = run_it("diagnose", str(SAMPLES / "too-high"), *asked)
    assert done.returncode == 2
    assert done.stdout == ""
    assert asked[0] in done.stderr
