"""modded-nanogpt: a log that begins with the source code of its own writer."""

import math
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.modded_nanogpt import READER
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate
from tests.reading.formats.line_logs import codes, knows, read_one, written

SOURCE = '''\
import os
# a step is logged so: step:1/6200 train_loss:10.9184
class Muon(torch.optim.Optimizer):
    def __init__(self, params, lr=0.02):
        learning_rate = 7.0

@dataclass
class Hyperparameters:
    """What is tuned."""
    # data
    input_bin : str = 'data/fineweb10B/fineweb_train_*.bin'
    # optimization
    batch_size = 8*64*1024 # batch size in tokens
    val_batch_size : int = 1048576 # tokens
    learning_rate : float = 0.0036
    num_iterations = 6200 # number of iterations to run

    warmup_iters : int = 0
    warmdown_iters = 1800 # of linear warmdown
    cooldown_frac: float=0.4
    betas = (0.9, 0.95)
    name = f"run-{os.getpid()}"
    save = os.system("false")
args = Hyperparameters()
    learning_rate = 9.0
momentum = 0.95
for step in range(args.num_iterations + 1):
    print0(f"step:{step}/{args.num_iterations} val_loss:{val_loss:.4f} train_time:{ms:.0f}ms")
    print0(f"step:{step+1}/{args.num_iterations} train_loss:{train_loss.item():.4f}")

====================================================================================================
| NVIDIA-SMI 550.127.05             Driver Version: 550.127.05     CUDA Version: 12.6     |
====================================================================================================
'''
STEPS = """\
step:0/6200 val_loss:10.9264 train_time:285ms step_avg:nanms
step:1/6200 train_loss:10.9184 train_time:74701ms step_avg:nanms
step:2/6200 train_loss:8.6834 train_time:75965ms step_avg:nanms
step:2/6200 val_loss:8.6000 train_time:76000ms step_avg:216.33ms
"""


def read(tmp_path: Path, text: str | bytes) -> Run:
    return read_one(READER, written(tmp_path, text, "4e0a.txt"))


RECOGNISED = [
    ("steps alone", STEPS, True),
    ("after its source", SOURCE + STEPS, True),
    ("after more source than the head holds", SOURCE * 60 + STEPS, True),
    ("as later logs: validation only", "step:0/1393 val_loss:10.8 train_time:0ms step_avg:nanms\n", True),
    ("source without one step", SOURCE, False),
    ("a long source without one step", SOURCE * 60, False),
    ("a step without its count", "step:1 train_loss:10.9\n", False),
    ("a step of something else", "step:1/10 accuracy:0.5\n", False),
    ("OLMo", "[step=1/739328]\n    train/CrossEntropyLoss=11.25\n", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in RECOGNISED], ids=[case[0] for case in RECOGNISED])
def test_recognised_by_a_step(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "4e0a.txt")) is known


def test_a_log_after_its_source(tmp_path: Path) -> None:
    run = read(tmp_path, SOURCE + STEPS)
    assert {tag: (s.step.tolist(), s.value.tolist()) for tag, s in run.series.items()} == {
        "val_loss": ([0, 2], [10.9264, 8.6]),
        "train_loss": ([1, 2], [10.9184, 8.6834]),
    }
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss) == ("train_loss", "val_loss")
    assert (run.step_axis, run.notes) == ("step", ())


def test_settings_are_the_plain_ones_of_the_class(tmp_path: Path) -> None:
    run = read(tmp_path, SOURCE + STEPS)
    assert dict(run.hparams) == {
        "val_batch_size_tokens": 1048576,
        "learning_rate": 0.0036,
        "num_iterations": 6200,
        "warmup_iters": 0,
        "warmdown_iters": 1800,
        "cooldown_frac": 0.4,
    }
    assert learning_rate(run, assign_roles(run)) == (0.0036, "hparams learning_rate")


def test_a_log_without_its_source_has_no_settings(tmp_path: Path) -> None:
    assert dict(read(tmp_path, STEPS).hparams) == {}


def test_steps_without_a_loss_are_no_points(tmp_path: Path) -> None:
    text = "step:0/3 val_loss:10.8 train_time:0ms step_avg:nanms\n"
    text += "".join(f"step:{i}/3 train_time:17608ms step_avg:129.7ms\n" for i in (1, 2, 3))
    run = read(tmp_path, text + "step:3/3 val_loss:3.2785 train_time:9ms step_avg:129.81ms\n")
    assert {tag: s.step.tolist() for tag, s in run.series.items()} == {"val_loss": [0, 3]}
    assert assign_roles(run).loss is None


def test_nan_is_kept(tmp_path: Path) -> None:
    run = read(tmp_path, STEPS + "step:3/6200 train_loss:nan train_time:1ms step_avg:1ms\n")
    assert np.array_equal(run.series["train_loss"].value, [10.9184, 8.6834, math.nan], equal_nan=True)


@pytest.mark.parametrize(
    ("last", "steps", "notes"),
    [
        ("step:3/6200 train_loss:8.1234 train_time:75965ms step_avg:216.33ms", [1, 2, 3], []),
        ("step:3/6200 train_loss:8.1", [1, 2], ["torn-tail"]),
        ("step:3/62", [1, 2], ["torn-tail"]),
        ("peak memory consumption: 28 MiB", [1, 2], []),
    ],
)
def test_a_torn_last_line(tmp_path: Path, last: str, steps: list[int], notes: list[str]) -> None:
    run = read(tmp_path, STEPS + last)
    assert run.series["train_loss"].step.tolist() == steps
    assert codes(run) == notes


def test_a_run_started_again(tmp_path: Path) -> None:
    text = "".join(f"step:{i}/60 train_loss:{9 - i / 100:.4f} train_time:1ms step_avg:1ms\n" for i in range(30))
    text += "".join(f"step:{i}/60 train_loss:{8 - i / 100:.4f} train_time:1ms step_avg:1ms\n" for i in range(20, 40))
    run = read(tmp_path, text)
    assert run.series["train_loss"].step.tolist() == list(range(40))
    assert codes(run) == ["restart"]


def test_bytes_of_any_kind(tmp_path: Path) -> None:
    data = (
        b"class Hyperparameters:\n  a = \xff\n  lr = 1" + b"0" * 5000 + b"\nstep:\x00/1 train_loss:1\n" + STEPS.encode()
    )
    assert read(tmp_path, data).series["train_loss"].step.tolist() == [1, 2]
    with pytest.raises(UnreadableError, match="without one loss"):
        read(tmp_path, SOURCE.encode() + b"\x00\xff" * 1000)


@pytest.mark.parametrize(
    ("name", "losses", "validations", "last"),
    [
        ("2024-10-10_Muon.txt", 6200, 51, 3.2785),
        ("2024-11-03_UntieEmbed.txt", 4578, 38, 3.2762),
        ("2025-01-16_Sub3Min.txt", 0, 13, 3.2785),
    ],
)
def test_real_logs(real_logs: Path, tmp_path: Path, name: str, losses: int, validations: int, last: float) -> None:
    path = real_logs / "step_slash_lines" / name
    assert READER.recognise(look(path))
    (run,) = READER.read(Source(path, (path,), READER.name, "test"))
    assert run.series["val_loss"].value[-1] == last
    assert len(run.series["val_loss"]) == validations
    if losses:
        assert run.series["train_loss"].step.tolist() == list(range(1, losses + 1))
    else:
        assert set(run.series) == {"val_loss"}
    whole = read(tmp_path, SOURCE.encode() + path.read_bytes())  # as they were before the source was cut off
    assert {tag: s.value.tolist() for tag, s in whole.series.items()} == {
        tag: s.value.tolist() for tag, s in run.series.items()
    }
    assert whole.hparams["learning_rate"] == 0.0036
