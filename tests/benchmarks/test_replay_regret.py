"""Regret, on a sweep that can be worked out by hand, and the tables made of it."""

import math
from pathlib import Path

import numpy as np
import pytest

from benchmarks.replay import truth
from benchmarks.replay.answers import Line, joined, read, suggested
from benchmarks.replay.compare import swept
from benchmarks.replay.regret import MOST, NO_ANSWER, regret, regrets, standard_error, width
from benchmarks.replay.tables import OURS, Result, bars, by_seed, by_task, methods
from benchmarks.replay.task import Task
from benchmarks.replay.tasks import TASKS
from benchmarks.replay.truth import SEEDS, Truth, load, make

TRUTH = Truth(np.arange(-3.0, 2.0), np.array([[2.0], [1.2], [1.0], [9.0], [np.inf]]), np.array([3.0]))


def test_regret_of_the_best_lr_is_zero() -> None:
    assert regret(TRUTH, TRUTH.best_lr) == 0
    assert TRUTH.best_lr == pytest.approx(0.1)


def test_regret_is_a_share_of_what_training_gains() -> None:
    assert regret(TRUTH, 1e-3) == pytest.approx(0.5)
    assert regret(TRUTH, 1e-2) == pytest.approx(0.1)


def test_regret_is_read_in_log_lr_between_the_grid() -> None:
    assert regret(TRUTH, 10**-2.5) == pytest.approx(0.3)


def test_beyond_the_grid_the_edge_counts() -> None:
    assert regret(TRUTH, 1e-9) == pytest.approx(0.5)
    assert regret(TRUTH, 1e9) == MOST


def test_regret_is_clipped_and_no_answer_counts_as_no_training() -> None:
    assert regrets(TRUTH)[3] == MOST
    assert regrets(TRUTH)[4] == MOST
    assert regret(TRUTH, None) == NO_ANSWER


def test_width_is_that_of_the_stretch_around_the_best() -> None:
    flat = Truth(np.arange(6.0), np.array([[1.02], [2.0], [1.01], [1.0], [1.01], [2.0]]), np.array([3.0]))
    assert width(flat) == 2


def test_the_truth_is_the_mean_of_its_seeds() -> None:
    both = Truth(np.arange(3.0), np.array([[2.0, 4.0], [1.0, 2.0], [1.0, np.inf]]), np.array([3.0, 5.0]))
    assert both.loss.tolist() == [3.0, 1.5, np.inf]
    assert both.untrained == 4.0
    assert regret(both, 1.0) == pytest.approx(0.6)


def test_the_truth_knows_its_own_noise() -> None:
    losses = np.array([[3.0, 3.0], [1.0, 1.2], [0.9, 1.1], [1.0, 1.2], [5.0, np.inf]])
    noisy = Truth(np.arange(5.0), losses, np.array([3.0, 3.0]))
    assert standard_error(noisy) == pytest.approx(0.1 / 2)


def test_two_seeds_alone_can_be_asked() -> None:
    losses = np.arange(3.0 * len(SEEDS)).reshape(3, len(SEEDS))
    pairs = Truth(np.arange(3.0), losses, np.arange(float(len(SEEDS)))).pairs()
    assert [pair.loss[0] for pair in pairs] == [0.5, 2.5, 4.5, 6.5]
    assert [pair.untrained for pair in pairs] == [0.5, 2.5, 4.5, 6.5]


def test_a_sweep_with_fewer_seeds_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (task,) = (one for one in TASKS if one.name == "mlp-clusters-sgd")
    path = tmp_path / f"{task.name}.csv"
    path.write_text("# old\nlr,mean,seed_1000,seed_1001\n0,2,2,2\n0.1,1.5,1.4,1.6\n0.133352,1.3,1.2,inf\n")
    asked: list[tuple[str, int]] = []

    def train(_: Task, lr: float, seed: int) -> float:
        asked.append((f"{lr:.3g}", seed))
        return 1.0

    monkeypatch.setattr(truth, "train", train)
    for _ in range(2):  # the second time nothing is missing
        told = list(make([task], tmp_path / "partial", tmp_path))
    assert told == []
    assert sorted(asked) == [(lr, seed) for lr in ("0.1", "0.133") for seed in SEEDS[2:]]
    found = load(task, tmp_path)
    assert found.losses[:, :2].tolist() == [[1.4, 1.6], [1.2, math.inf]]
    assert (found.losses[:, 2:] == 1).all()
    assert (found.fresh > 2).all()


def test_range_tests_are_joined_by_their_median_in_log_lr() -> None:
    assert joined([1e-4, None, 1e-2]) == pytest.approx(1e-3)
    assert joined([None, None]) is None


def test_a_budget_hears_as_many_range_tests_as_fit() -> None:
    lines = [Line("x", "t", 0, test, {"x": 10.0**test}) for test in range(10)]
    assert suggested(lines, 300)["x", "t", 0] == pytest.approx(10)
    assert suggested(lines, 1_000)["x", "t", 0] == pytest.approx(10**4.5)


def test_without_a_file_there_are_no_answers(tmp_path: Path) -> None:
    assert read(tmp_path / "none.jsonl") == []


def test_bars_say_what_holds() -> None:
    ours = Result(OURS, np.array([[0.001, 0.003], [0.002, 0.010]]), 1.0)
    good = Result("good", np.array([[0.0, 0.0], [0.0, 0.1]]), 1.0)
    said = list(bars(1_000, [ours, good]))
    assert [line.split()[0] for line in said] == ["holds", "holds", "holds", "FAILS", "holds"]
    assert "good, 0.0000" in said[3]


def test_tables_have_a_line_each() -> None:
    results = [Result(OURS, np.zeros((2, 8)), 1.0), Result("fastai valley", np.ones((2, 8)), 0.5)]
    assert len(list(methods(results))) == 3
    assert list(by_seed(["a"], [0.1], [[0.1, None]])) == [f"{'a':28} +0.00     -"]
    assert len(list(by_task(["a", "b"], [0.1, 0.1], [1.0, 1.0], results))) == 3


def test_what_other_seeds_would_choose() -> None:
    """Each seed's own best, those of the pair left out."""
    losses = np.ones((len(SEEDS), len(SEEDS))) - np.eye(len(SEEDS))
    known = Truth(np.arange(float(len(SEEDS))), losses, np.full(len(SEEDS), 2.0))
    assert known.others(1) == [10.0**at for at in range(len(SEEDS)) if at not in {2, 3}]
    found = swept({"a task": known}, 1)
    # By the pair these cost 1 of what 0.5 is the least of, and 2 is untrained.
    assert found.regret == pytest.approx(np.full((1, len(SEEDS) - 2), 0.5 / 1.5))
