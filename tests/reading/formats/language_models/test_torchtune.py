"""torchtune: what its StdoutLogger and its DiskLogger write."""

import math
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.torchtune import READER
from lrdoctor.records.run import Run
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, learning_rate, optimizer
from tests.reading.formats.line_logs import codes, knows, read_one, written


def row(step: int, loss: float | str, lr: str = "2e-05") -> str:
    return f"Step {step} | loss:{loss} lr:{lr} tokens_per_second_per_gpu:57.828881833956174 peak_memory_active:18.2 \n"


CONFIG = """\
INFO:torchtune.utils._logging:Running FullFinetuneRecipeSingleDevice with resolved config:

batch_size: 4
checkpointer:
  _component_: torchtune.training.FullModelHFCheckpointer
  checkpoint_dir: /home/ada/llama/
  checkpoint_files:
  - model.safetensors
gradient_accumulation_steps: 8
optimizer:
  _component_: torch.optim.AdamW
  lr: 2.0e-05
seed: null

DEBUG:torchtune.utils._logging:Setting manual seed to local seed 3903944230.
Writing logs to /home/ada/logs/log_1723844072.txt
seed: 5
"""


def read(tmp_path: Path, text: str | bytes) -> Run:
    return read_one(READER, written(tmp_path, text, "log_1723844072.txt"))


RECOGNISED = [
    ("a step", row(1, 2.085), True),
    ("a step after the configuration", CONFIG + row(1, 2.085), True),
    ("a step of a recipe of old", "Step 0 | loss:1.7535 lr:2e-05 gpu_resources:13708965376 \n", True),
    ("at the end of a large file", "x\n" * 50_000 + row(1, 2.0), True),
    ("no loss", "Step 1 | reward:0.5 \n", False),
    ("a blank after the colon", "Step 1 | loss: 2.085 lr: 2e-05\n", False),
    ("its source", 'print(f"Step {step} | {name}:{data}")\n', False),
    ("build-nanogpt", "step     0 | loss: 10.955010 | lr: 6.0e-05 | tok/sec: 1.0\n", False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in RECOGNISED], ids=[case[0] for case in RECOGNISED])
def test_recognised_by_a_step(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "log.txt")) is known


def test_a_run_with_everything(tmp_path: Path) -> None:
    run = read(tmp_path, CONFIG + row(1, 2.085338592529297) + row(2, 1.8718312978744507, "1e-05"))
    assert {tag: (s.step.tolist(), s.value.tolist()) for tag, s in run.series.items()} == {
        "loss": ([1, 2], [2.085338592529297, 1.8718312978744507]),
        "lr": ([1, 2], [2e-5, 1e-5]),
    }
    roles = assign_roles(run)
    assert (roles.loss, roles.lr) == ("loss", "lr")
    assert learning_rate(run, roles) == (2e-5, "hparams optimizer/lr")
    assert (optimizer(run), batch_size(run)) == ("AdamW", 32)
    assert "seed" in run.hparams
    assert run.hparams["seed"] is None  # what stands behind the configuration is none
    assert "ada" not in repr(run.hparams).replace("adamw", "")
    assert (run.step_axis, run.notes) == ("step", ())


def test_a_progress_bar_on_the_same_line(tmp_path: Path) -> None:
    text = (
        f"\r1|1|Loss: 2.0:   0%|          | 1/10 [00:01<00:11]{row(1, 2.0)}\r1|2|Loss: 1.9:  20%|##| 2/10]{row(2, 1.9)}"
    )
    assert read(tmp_path, text).series["loss"].value.tolist() == [2.0, 1.9]


def test_tensors_and_what_is_not_finite(tmp_path: Path) -> None:
    text = row(1, "tensor(2.5, device='cuda:0')") + row(2, "nan") + row(3, "-inf") + "Step 4 | val_loss:1.5 \n"
    run = read(tmp_path, text)
    assert np.array_equal(run.series["loss"].value, [2.5, math.nan, -math.inf], equal_nan=True)
    assert run.series["lr"].step.tolist() == [1, 2, 3]
    assert assign_roles(run).loss == "loss"


def test_a_restart(tmp_path: Path) -> None:
    text = "".join(row(i, 4 - i / 100) for i in range(30)) + "".join(row(i, 3 - i / 100) for i in range(20, 40))
    run = read(tmp_path, text)
    assert run.series["loss"].step.tolist() == list(range(40))
    assert codes(run) == ["restart"]


@pytest.mark.parametrize(
    ("last", "steps", "notes"),
    [
        (row(3, 1.5).rstrip("\n"), [1, 2, 3], []),  # the writer ends every number with a blank
        (row(3, 1.5).rstrip(), [1, 2], ["torn-tail"]),
        ("Step 3 | loss:1.", [1, 2], ["torn-tail"]),
        ("INFO:torchtune.utils._logging:Saving", [1, 2], []),
    ],
)
def test_a_torn_last_line(tmp_path: Path, last: str, steps: list[int], notes: list[str]) -> None:
    run = read(tmp_path, row(1, 2.0) + row(2, 1.9) + last)
    assert run.series["loss"].step.tolist() == steps
    assert codes(run) == notes


def test_a_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    text = "INFO:x:Running R with resolved config:\n\na: {\nb: [\n" + "c: &x [*x, *x]\n" + row(1, 2.0)
    assert dict(read(tmp_path, text).hparams) == {}


def test_bytes_of_any_kind(tmp_path: Path) -> None:
    data = b"\xff\x00Step | loss:\nStep 9999999999999999 | loss:1 \n" + row(1, 2.0).encode() + b"Step 2 | :1 a:b c:\n"
    assert read(tmp_path, data).series["loss"].step.tolist() == [1]
    with pytest.raises(UnreadableError, match="without one number"):
        read(tmp_path, CONFIG.encode() + b"\x00\xff" * 1000)
