"""`replay_function`: what it answers, what it refuses, what it leaves behind."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lrdoctor
from lrdoctor import UsageError, Verdict, replay_function
from lrdoctor.records.replay import Replay
from tests.replay.functions import trainings
from tests.replay.functions.trees import alive, all_gone, pids_in

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")


def answered(train: Any, lr: float = 1e-3, **more: Any) -> Replay:
    return replay_function(train, **{"lr": lr, "steps": 2000, "in_process": True, "max_steps": 1500, **more})


class TestAnswer:
    @pytest.mark.parametrize(("lr", "verdict"), [(1e-3, Verdict.TOO_SLOW), (3.0, Verdict.TOO_HIGH)])
    def test_it_finds_the_best_lr_from_either_side(self, lr: float, verdict: Verdict) -> None:
        found = answered(trainings.quadratic, lr)
        assert found.suggested_lr is not None
        assert 0.03 < found.suggested_lr < 1
        assert found.verdict is verdict
        assert found.interval is not None
        assert found.interval[0] < found.suggested_lr < found.interval[1]
        assert found.reran == "function"
        assert found.cost.steps <= 1500

    def test_an_lr_that_is_far_off_is_found_by_going_on_beyond_the_ends(self) -> None:
        found = answered(trainings.quadratic, 1e-7)
        assert found.suggested_lr is not None
        assert 0.01 < found.suggested_lr < 1
        assert len(found.rounds[0].arms) > 6

    @pytest.mark.parametrize(("offset", "scale"), [(1e3, 1.0), (-1e3, 1.0), (0.0, 1e-3), (-50.0, 100.0)])
    def test_neither_a_constant_nor_a_factor_changes_it(self, offset: float, scale: float) -> None:
        def moved(lr: float, steps: int, seed: int) -> Iterator[float]:
            return trainings.quadratic(lr, steps, seed, offset, scale)

        found, plain = answered(moved), answered(trainings.quadratic)
        assert found.suggested_lr == plain.suggested_lr
        assert found.verdict is plain.verdict
        assert found.interval == pytest.approx(plain.interval, rel=1e-3)
        assert found.band == pytest.approx(plain.band, rel=1e-3)
        assert [len(one.arms) for one in found.rounds] == [len(one.arms) for one in plain.rounds]

    @pytest.mark.parametrize("train", [trainings.flat, trainings.still, trainings.falling_alike, trainings.smoothed])
    def test_where_the_lr_makes_no_difference_there_is_no_answer(self, train: Any) -> None:
        found = answered(train)
        assert found.suggested_lr is None
        assert "one level" in found.reason
        assert found.verdict is Verdict.INCONCLUSIVE

    def test_where_nothing_is_finite_neither(self) -> None:
        found = answered(trainings.nan)
        assert found.suggested_lr is None
        assert found.reason == "the loss is not finite even at the first step"

    def test_validation_losses_decide_where_they_are_given(self) -> None:
        for train in (trainings.as_pairs, trainings.returning):
            found = answered(train, give_up=train is trainings.as_pairs)
            assert found.suggested_lr is not None
            assert 0.03 < found.suggested_lr < 1

    def test_several_seeds_are_averaged(self) -> None:
        found = answered(trainings.quadratic, seeds=(3, 4), max_steps=3000)
        assert found.suggested_lr is not None
        assert 0.03 < found.suggested_lr < 1

    def test_it_is_the_same_every_time(self) -> None:
        texts = [lrdoctor.render(answered(trainings.quadratic), "json").split('"cost"') for _ in range(2)]
        assert texts[0][0] == texts[1][0]

    @pytest.mark.parametrize("format_", ["text", "html", "json", "md", "junit"])
    def test_every_report_shows_it(self, format_: str) -> None:
        assert "quadratic" in lrdoctor.render(answered(trainings.quadratic, max_steps=400), format_)

    def test_an_error_above_good_lrs_is_that_of_a_loss_that_blew_up(self) -> None:
        found = answered(trainings.fails_high, 3.0)
        assert found.suggested_lr is not None
        assert 0.03 < found.suggested_lr < 1
        assert any("FloatingPointError" in remark for remark in found.remarks)

    def test_time_that_is_up(self) -> None:
        found = answered(trainings.quadratic, max_steps=10**6, max_seconds=0.3)
        assert "the time was up" in found.reason

    def test_the_watch_is_told(self) -> None:
        told: list[tuple[str, float, int]] = []
        answered(trainings.quadratic, watch=lambda phase, lr, loss, _: told.append((phase, lr, len(loss))))
        assert any(phase.endswith("-step reruns") and n > 20 for phase, _, n in told)


class TestErrors:
    @pytest.mark.parametrize(
        ("train", "more", "says"),
        [
            (trainings.fails, {}, "and at every other: ValueError: no such data"),
            (trainings.silent, {}, "train shows no losses"),
            (trainings.giving("a"), {}, "train gives a str"),
            (trainings.giving({"x": 1}), {}, "without `loss`"),
            (trainings.seedless, {}, "takes 2 positional arguments"),
            (3, {}, "takes a function"),
            (trainings.flat, {"lr": 0.0}, "lr is 0"),
            (trainings.flat, {"lr": float("nan")}, "lr is nan"),
            (trainings.flat, {"steps": 3}, "3 steps of the real run are too few"),
            (trainings.flat, {"max_steps": 59}, "59 steps are too few"),
            (trainings.flat, {"max_seconds": 0.0}, "0 seconds are too few"),
            (trainings.flat, {"seeds": ()}, "seeds that differ"),
            (trainings.flat, {"seeds": (1, 1)}, "seeds that differ"),
            (trainings.flat, {"jobs": 0, "in_process": False}, "0 jobs are too few"),
            (trainings.flat, {"start": "teleport", "in_process": False}, "start='teleport'"),
        ],
    )
    def test_each_is_one_line(self, train: Any, more: dict[str, Any], says: str) -> None:
        with pytest.raises(UsageError) as raised:
            answered(train, **more)
        assert says in str(raised.value)
        assert "\n" not in str(raised.value)


@linux
class TestProcesses:
    def test_arms_run_side_by_side_and_leave_nothing(self, tmp_path: Path) -> None:
        def train(lr: float, steps: int, seed: int) -> Iterator[float]:
            (tmp_path / str(os.getpid())).touch()
            child = subprocess.Popen(["sleep", "600"], start_new_session=True)  # noqa: S607
            (tmp_path / str(child.pid)).touch()
            yield from trainings.quadratic(lr, steps, seed)

        found = replay_function(train, lr=1e-3, steps=2000, max_steps=400, jobs=3)
        assert found.suggested_lr is not None
        assert found.mode == "3 at once"
        pids = pids_in(tmp_path)
        assert len(pids) >= 8
        assert os.getpid() not in pids
        assert all_gone(pids, 0)

    def test_it_answers_as_in_one_process(self) -> None:
        more: dict[str, Any] = {"max_steps": 400, "give_up": False}
        apart = answered(trainings.quadratic, in_process=False, jobs=1, **more)
        assert apart.suggested_lr == answered(trainings.quadratic, **more).suggested_lr

    def test_a_hang_ends_with_the_time(self) -> None:
        began = time.monotonic()
        found = replay_function(trainings.waits, lr=1e-3, steps=2000, max_seconds=1.0)
        assert found.suggested_lr is None
        assert found.reason == "the time was up (1 s)"
        assert time.monotonic() - began < 20

    def test_a_fresh_process_takes_what_it_can_import(self) -> None:
        found = replay_function(trainings.quadratic, lr=1e-3, steps=2000, max_steps=240, start="spawn", jobs=2)
        assert found.suggested_lr is not None

    def test_and_says_so_where_it_cannot(self) -> None:
        with pytest.raises(UsageError, match=r"cannot be sent to another process .*define it at the top"):
            replay_function(trainings.giving(1.0), lr=1e-3, steps=2000, start="spawn")

    def test_what_a_function_prints_and_raises_stays_with_it(self, capfd: pytest.CaptureFixture[str]) -> None:
        def train(lr: float, steps: int, seed: int) -> Iterator[float]:
            os.write(1, b"printed\n")
            raise ValueError("no data")
            yield

        with pytest.raises(UsageError, match="ValueError: no data"):
            replay_function(train, lr=1e-3, steps=2000)
        assert capfd.readouterr() == ("", "")

    @pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL", "SIGINT"])
    def test_a_program_that_is_ended_leaves_nothing(self, name: str, tmp_path: Path) -> None:
        import signal

        script = tmp_path / "train.py"
        script.write_text(
            "import os, subprocess, time, lrdoctor\n"
            "def train(lr, steps, seed):\n"
            "    open(str(os.getpid()), 'w').close()\n"
            "    open(str(subprocess.Popen(['sleep', '600']).pid), 'w').close()\n"
            "    for t in range(steps):\n"
            "        yield 1.0\n"
            "        time.sleep(600)\n"
            "if __name__ == '__main__':\n"
            "    lrdoctor.replay_function(train, lr=1e-3, steps=2000, jobs=2)\n"
        )
        with subprocess.Popen([sys.executable, str(script)], cwd=tmp_path) as process:  # noqa: S603
            while len(pids_in(tmp_path)) < 4 and process.poll() is None:
                time.sleep(0.05)
            pids = pids_in(tmp_path)
            assert all(map(alive, pids))
            process.send_signal(getattr(signal, name))
            process.wait(20)
        assert len(pids) == 4
        assert all_gone(pids, 15)


def test_it_works_without_torch() -> None:
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import lrdoctor\n"
        "from tests.replay.functions.trainings import quadratic\n"
        "found = lrdoctor.replay_function(quadratic, lr=1e-3, steps=2000, max_steps=240, in_process=True)\n"
        "assert 0.01 < found.suggested_lr < 3, found.suggested_lr\n"
        "assert not [name for name in sys.modules if name.startswith('torch.')]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")


def test_a_notebooks_numbers_are_taken() -> None:
    def train(lr: float, steps: int, seed: int) -> Iterator[dict[str, Any]]:
        for loss in trainings.quadratic(lr, steps, seed):
            yield {"loss": np.float32(loss), "val_loss": None}

    assert answered(train).suggested_lr is not None
