"""Lines of several processes in one text, and files of several ranks: what counts once, and what are trainings."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lrdoctor
from lrdoctor.reading.parsing.head import look
from tests.reading.formats.line_logs import written

STEPS = range(0, 300, 10)


def loss(step: float, rank: int = 0) -> float:
    noise = 0.02 * math.sin(step * 7 + rank * 3)
    return round((2 * math.exp(-step / 60) + 0.4) * (1 + noise), 4)


def slower(step: float, _: int = 0) -> float:
    return round(2.2 * math.exp(-step / 200) + 0.4 + 0.02 * math.sin(step * 5), 4)


def interleaved(line: str, labels: list[str], losses: Callable[[float, int], float] = loss, block: int = 1) -> str:
    text = ""
    for first in range(0, len(STEPS), block):
        for k, label in enumerate(labels):
            of = losses if k == 0 or losses is loss else loss
            for step in STEPS[first : first + block]:
                text += line.format(label=label, s=step, e=step // 10, l=of(step, k)) + "\n"
    return text


MEGATRON = (
    "{label}:  iteration {s:8d}/ 900 | consumed samples: 64 | elapsed time per iteration (ms): 9.1 | learning rate:"
    " 1.000E-04 | lm loss: {l:.6E} | loss scale: 1.0 |"
)
RANKS = {
    "torchrun": ("[{label}]: step {s} loss {l}", ["rank1", "rank0", "rank2"], 1),
    "torchelastic": ("[{label}]:step {s} | loss {l}", ["default0", "default1"], 1),
    "srun": ("{label}: step {s} loss {l}", ["0", "1", "2", "3"], 1),
    "srun, in blocks": ("{label}: step {s} loss {l}", ["0", "1"], 10),
    "mpirun": ("[{label}]<stdout>: step {s} loss {l}", ["1,0", "1,1"], 1),
    "Ray Train": ("({label}) epoch {e} loss {l}", ["RayTrainWorker pid=7, ip=10.0.0.1", "RayTrainWorker pid=8"], 1),
    "pids": ("({label}) step {s}: loss={l}", ["pid=100", "pid=104"], 1),
    "hosts": ("{label}: step {s} loss {l}", ["10.0.0.1", "10.0.0.2"], 1),
    "nodes and ranks": ("[{label}] step {s} loss {l}", ["node0:0", "node0:1", "node1:2"], 1),
    "GPUs before a bar": ("{label} | Epoch {e} | loss {l}", ["GPU0", "GPU1"], 1),
    "GPUs in brackets": ("[{label}] Epoch {e} | Batchsize: 32 | Steps: 32 | Loss: {l}", ["GPU0", "GPU1"], 1),
    "in words": ("{label}, Epoch {e}, loss {l}", ["Rank 0", "Rank 1"], 1),
    "behind the time": ("2024-01-02 10:00:01,123 INFO {label} step {s} loss {l}", ["rank=0", "rank=1"], 1),
    "nanoGPT": ("{label}: iter {s}: loss {l}, time 12.31ms, mfu 10.1%", ["0", "1", "2"], 1),
    "nanoGPT under torchrun": ("[{label}]: iter {s}: loss {l}, time 9.1ms, mfu 10.1%", ["rank0", "rank1"], 1),
    "Megatron": (
        MEGATRON,
        ["0", "1"],
        1,
    ),
}


@pytest.mark.parametrize(("line", "labels", "block"), RANKS.values(), ids=RANKS.keys())
def test_ranks_are_one_training(tmp_path: Path, line: str, labels: list[str], block: int) -> None:
    (run,) = lrdoctor.read(written(tmp_path, interleaved(line, labels, block=block), "train.log"))
    first = labels.index(min(labels))
    found = next(series for tag, series in run.series.items() if "loss" in tag.lower() and "scale" not in tag)
    np.testing.assert_array_equal(found.value, [loss(step, first) for step in STEPS])


TRAININGS: dict[str, tuple[str, list[str], list[dict[str, float | str]]]] = {
    "Ray Tune": ("({label}) epoch {e} loss {l}", ["train_fn pid=12", "train_fn pid=13"], [{}, {}]),
    "LRs": ("[{label}] epoch {e} loss {l}", ["lr=0.1", "lr=0.01"], [{"lr": 0.1}, {"lr": 0.01}]),
    "LRs before a colon": ("{label}: step {s} loss {l}", ["lr=0.1", "lr=0.01"], [{"lr": 0.1}, {"lr": 0.01}]),
    "seeds": ("[{label}] step {s} loss {l}", ["seed 1", "seed 2"], [{}, {}]),
    "optimizers": (
        "[{label}] step {s} loss {l}",
        ["adam", "sgd"],
        [{"optimizer": "adam"}, {"optimizer": "sgd"}],
    ),
    "GNU parallel": ("{label}\tepoch {e} loss {l}", ["1", "2"], [{}, {}]),
    "GPUs": ("GPU{label} | step {s} loss {l}", ["0", "1"], [{}, {}]),
    "nanoGPT": ("(train pid={label}) iter {s}: loss {l}, time 12.31ms, mfu 10.1%", ["7", "8"], [{}, {}]),
}


@pytest.mark.parametrize(("line", "labels", "settings"), TRAININGS.values(), ids=TRAININGS.keys())
def test_trainings_at_once_are_runs(
    tmp_path: Path, line: str, labels: list[str], settings: list[dict[str, float | str]]
) -> None:
    runs = lrdoctor.read(written(tmp_path, interleaved(line, labels, slower), "train.log"))
    assert [{name: run.hparams.get(name) for name in own} for run, own in zip(runs, settings, strict=True)] == settings
    np.testing.assert_array_equal(runs[0].series["loss"].value, [slower(step) for step in STEPS])
    np.testing.assert_array_equal(runs[1].series["loss"].value, [loss(step, 1) for step in STEPS])


ONE_PROCESS = {
    "epochs in brackets": "".join(
        f"[{e}] step {s} loss {loss(e * 50 + s)}\n" for e in range(6) for s in range(0, 50, 10)
    ),
    "folds": "".join(f"fold {k}: epoch {e} loss {loss(e * 10, k)}\n" for k in range(3) for e in range(20)),
    "splits": "".join(f"train: epoch {e} loss {loss(e)}\nval: epoch {e} loss {slower(e)}\n" for e in range(30)),
    "parts of a model": "".join(
        f"head 0: step {s} loss {loss(s)}\nhead 1: step {s} loss {loss(s, 1)}\n" for s in STEPS
    ),
}


@pytest.mark.parametrize("text", ONE_PROCESS.values(), ids=ONE_PROCESS.keys())
def test_what_no_process_printed(tmp_path: Path, text: str) -> None:
    assert look(written(tmp_path, text, "train.log")).processes is None


def rank_file(rank: int) -> str:
    return "".join(f"step {step} loss {loss(step, rank)}\n" for step in STEPS)


@pytest.mark.parametrize("name", ["log_rank{}.txt", "rank_{}/train.log", "out.rank{}.log", "attempt_0/{}/stdout.log"])
def test_files_of_ranks_are_one_training(tmp_path: Path, name: str) -> None:
    for rank in range(3):
        written(tmp_path, rank_file(rank), name.format(rank))
    (run,) = lrdoctor.read(tmp_path)
    np.testing.assert_array_equal(run.series["loss"].value, [loss(step) for step in STEPS])
    assert [note.code for note in run.notes] == ["twin"]


@pytest.mark.parametrize("name", ["seed{}.log", "gpu{}.log", "run_{}/train.log"])
def test_files_of_trainings_are_runs(tmp_path: Path, name: str) -> None:
    for rank in range(3):
        written(tmp_path, rank_file(rank), name.format(rank))
    assert len(lrdoctor.read(tmp_path)) == 3
