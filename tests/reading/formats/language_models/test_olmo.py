"""OLMo's console output: a line with the step, indented metrics below it."""

import math
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models.olmo import READER
from lrdoctor.records.run import Run, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, learning_rate, optimizer
from tests.reading.formats.line_logs import codes, knows, written

AT = "[2024-04-17 09:42:26] INFO     [olmo.train:816, rank=0] "
CORE = "2025-06-15 15:06:40.000\tlocalhost:0\tolmo_core.train.callbacks.console_logger:71\tINFO\t"


def olmo(step: int, loss: str) -> str:
    return (
        f"{AT}[step={step}/739328,epoch=0]\n    optim/total_grad_norm=0.2317\n    train/CrossEntropyLoss={loss}\n"
        "    train/Perplexity=76,631\n    throughput/total_tokens=4,194,304\n    System/Peak GPU Memory (MB)=42,133\n"
    )


def core(step: int, loss: str, lr: str = "0.0030") -> str:
    return (
        f"{CORE}[step={step}/2000,epoch=1,eta=1h]\n    train/CE loss={loss}\n    train/PPL=2.346\n"
        f"    optim/total grad norm=1,234\n    optim/LR (group 0)={lr}\n    optim/LR (group 1)=9.00E-05\n"
    )


def read(tmp_path: Path, text: str | bytes, config: str = "") -> Run:
    path = tmp_path / "train.log"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    companions: tuple[Path, ...] = ()
    if config:
        companions = (tmp_path / "config.yaml",)
        companions[0].write_text(config)
    (run,) = READER.read(Source(path, (path,), READER.name, "test", companions))
    return run


RECOGNISED = [
    ("OLMo", olmo(1, "11.25"), True),
    ("OLMo-core", core(1, "11.25"), True),
    ("an unknown end", core(1, "11.25").replace("/2000", "/???"), True),
    ("in colours", "\x1b[36m" + olmo(1, "11.25"), True),
    ("with Windows line ends", olmo(1, "11.25").replace("\n", "\r\n"), True),
    ("at the end of a large file", "x" * 100_000 + "\n" + olmo(1, "11.25"), True),
    ("steps without metrics", f"{AT}[step=1/10]\n{AT}[step=2/10]\n", False),
    ("metrics without a step", "    train/CrossEntropyLoss=11.25\n", False),
    ("an evaluation's steps", f"{AT}[eval_step=3/16]\n    train/CrossEntropyLoss=11.25\n", False),
    ("settings below a step", f"{AT}[step=1/10]\n    lr=0.1\n", False),
    ("its source", 'prefix = f"[step={self.global_step}/{self.max_steps}]"\n    train/loss=1\n', False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in RECOGNISED], ids=[case[0] for case in RECOGNISED])
def test_recognised_by_a_step_and_a_metric(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "train.log")) is known


def test_olmo(tmp_path: Path) -> None:
    run = read(
        tmp_path, olmo(1, "11.25") + olmo(2, "10.73") + f"{AT}[eval_step=1/16]\n    eval/c4/CrossEntropyLoss=9.5\n"
    )
    assert {tag: (s.step.tolist(), s.value.tolist()) for tag, s in run.series.items()} == {
        "optim/total_grad_norm": ([1, 2], [0.2317, 0.2317]),
        "train/CrossEntropyLoss": ([1, 2], [11.25, 10.73]),
        "train/Perplexity": ([1, 2], [76631, 76631]),
        "eval/c4/CrossEntropyLoss": ([2], [9.5]),
    }
    roles = assign_roles(run)
    assert (roles.loss, roles.grad_norm) == ("train/CrossEntropyLoss", "optim/total_grad_norm")
    assert (run.step_axis, run.notes) == ("step", ())


def test_olmo_core(tmp_path: Path) -> None:
    text = core(1, "11.25", "1.50E-03") + core(2, "10.73") + f"{CORE}[step=3/2000,epoch=1]\n" + core(1_000, "3.2E-05")
    run = read(tmp_path, text.replace("step=1000", "step=1,000"))
    assert run.series["train/CE loss"].step.tolist() == [1, 2, 1000]
    assert run.series["train/CE loss"].value.tolist() == [11.25, 10.73, 3.2e-5]
    assert run.series["optim/total grad norm"].value.tolist() == [1234] * 3
    roles = assign_roles(run)
    assert (roles.loss, roles.lr, roles.grad_norm) == ("train/CE loss", "optim/LR (group 0)", "optim/total grad norm")
    assert learning_rate(run, roles) == (0.003, "series optim/LR (group 0) (peak)")


def test_the_configuration_beside_it(tmp_path: Path) -> None:
    config = "optimizer:\n  name: adamw\n  learning_rate: 4.0e-4\nglobal_train_batch_size: 2048\n"
    run = read(tmp_path, olmo(1, "11.25"), config)
    assert learning_rate(run, assign_roles(run)) == (4e-4, "hparams optimizer/learning_rate")
    assert (optimizer(run), batch_size(run)) == ("AdamW", 2048)


def test_evaluations_are_the_validation(tmp_path: Path) -> None:
    text = "".join(olmo(i, "9.0") + f"{AT}c4\n    eval/c4_en/CrossEntropyLoss={9 - i}\n" for i in range(1, 5))
    run = read(tmp_path, text)
    assert assign_roles(run).val_loss == "eval/c4_en/CrossEntropyLoss"
    assert run.series["eval/c4_en/CrossEntropyLoss"].step.tolist() == [1, 2, 3, 4]


def test_large_and_non_finite_numbers(tmp_path: Path) -> None:
    run = read(tmp_path, core(1, "nan") + core(2, "inf") + core(3, "1.234B"))
    assert np.array_equal(run.series["train/CE loss"].value, [math.nan, math.inf, 1.234e9], equal_nan=True)


def test_a_restart(tmp_path: Path) -> None:
    text = "".join(olmo(i, f"{9 - i / 100:.3f}") for i in range(1, 30))
    text += "".join(olmo(i, f"{8 - i / 100:.3f}") for i in range(20, 40))
    run = read(tmp_path, text)
    assert run.series["train/CrossEntropyLoss"].step.tolist() == list(range(1, 40))
    assert codes(run) == ["restart"]


def test_a_torn_last_line(tmp_path: Path) -> None:
    run = read(tmp_path, olmo(1, "11.25") + f"{AT}[step=2/10]\n    train/CrossEntropyLoss=1")
    assert run.series["train/CrossEntropyLoss"].step.tolist() == [1]
    assert codes(run) == ["torn-tail"]


def test_bytes_of_any_kind(tmp_path: Path) -> None:
    data = (
        b"\xff\x00[step=/]\n    train/x=\n"
        + olmo(1, "11.25").encode()
        + b"    train/y=1=2\n    train/=3\n    eval/\xff=4\n"
    )
    run = read(tmp_path, data)
    assert run.series["train/CrossEntropyLoss"].step.tolist() == [1]
    with pytest.raises(UnreadableError, match="without one metric"):
        read(tmp_path, b"[step=1/2]\n" + b"\x00\xff" * 1000)
