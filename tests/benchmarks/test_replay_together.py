"""The GPU's benchmark runs on a CPU too, where its numbers have no bars."""

import re

import pytest
import torch

from benchmarks.replay import together
from benchmarks.replay.tasks import TASKS


def test_it_prints_ratio_waits_and_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ARMS": 3, "STEPS": 4, "EVERY": 2, "BUDGET": 60}.items():
        monkeypatch.setattr(together, name, value)
    task = [one for one in TASKS if one.name == "cnn-textures-adamw"]
    first, *lines = together.report(task, "cpu", 1)
    assert first.startswith("3 arms of 4 steps at once beside one, on cpu")
    assert re.fullmatch(r"cnn-textures-adamw +one [\d.]+ ms a step, 3 at once [\d.]+: [\d.]+ times \(.*\)", lines[0])
    assert lines[1].strip() == "the host waits in 4 steps with 2 looks at the losses: none"
    assert lines[2].endswith("0.00 decades apart")


def test_a_bar_is_for_a_gpu() -> None:
    assert together.held(False, torch.device("cpu"), "<= 3") == ""
    assert together.held(False, torch.device("cuda"), "<= 3").split() == ["FAILS", "<=", "3"]
