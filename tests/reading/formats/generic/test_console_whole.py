"""Every row of a training is read, and nothing else: wider numbers, epochs told below, glued names, summaries."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.vocabulary.roles import assign_roles
from tests.reading.formats.line_logs import written

EPOCHS = range(1, 31)


def loss(step: float) -> float:
    return round(2 * math.exp(-step / 8) + 0.4 + 0.02 * math.sin(step * 7), 4)


def each(line: Callable[[int], str], steps: range = EPOCHS) -> str:
    return "".join(line(step) + "\n" for step in steps)


def bars(end: str) -> str:
    states = (
        f"Epoch {e}:  10%|██  | {s}/10 [00:01<00:09, 1.1it/s, loss={loss(e * 10 + s)}]"
        for e in range(3)
        for s in range(1, 11)
    )
    return "\r".join(states) + end


ONE_EACH = [(e, loss(e)) for e in EPOCHS]
SUMMARY = (
    "wandb: Run history:\nwandb:  epoch ▁▂▃\nwandb:   loss █▅▁\nwandb: \n"
    "wandb: Run summary:\nwandb:  epoch 30\nwandb:   loss {}\n"
)
LINES = each(lambda e: f"epoch {e} loss {loss(e)}")
# The text; the points of the training loss.
WHOLE: dict[str, tuple[str, Sequence[tuple[float, float]]]] = {
    "wider: SGDClassifier": (
        each(
            lambda e: (
                f"-- Epoch {e}\nNorm: {9 + e / 10:.2f}, NNZs: 784, Bias: -0.1, T: {e * 60000},"
                f" Avg. loss: {loss(e):.6f}\n"
                f"Total training time: {e / 9:.2f} seconds."
            )
        ),
        ONE_EACH,
    ),
    "wider: examples seen": (
        each(
            lambda e: (
                f"## Epoch {e} of the long run\nexamples seen so far: {9_000 * e}, learning well,"
                f" mean loss: {loss(e):.6f}\n"
                "checkpoint written"
            )
        ),
        ONE_EACH,
    ),
    "headers: in brackets": (
        each(
            lambda e: (
                f"[ Epoch {e} ]\n  - (Training)   loss: {loss(e):8.5f}, accuracy: {e + 20:3.3f} %, elapse: 1.123 min\n"
                f"  - (Validation) loss: {loss(e):8.5f}, accuracy: {e + 20:3.3f} %, elapse: 0.123 min"
            )
        ),
        ONE_EACH,
    ),
    "headers: between lines": (
        each(lambda e: f"----- EPOCH {e:03d} -----\n  mean training loss: {loss(e):.4f}\n  took 12 seconds"),
        ONE_EACH,
    ),
    "headers: above a perplexity and an LR": (
        each(lambda e: f"[ Epoch {e} ]\n (Training) ppl: {math.exp(loss(e)):.8f}, accuracy: 3.1 %, lr: 0.00010"),
        ONE_EACH,
    ),
    "trailers: finished": (
        each(lambda e: f"train loss {loss(e)}\nval loss {loss(e)}\nEpoch {e} finished in 12.1s"),
        ONE_EACH,
    ),
    "trailers: end of": (each(lambda e: f"loss: {loss(e)} acc: 0.5\n--- end of epoch {e} ---"), ONE_EACH),
    "trailers: without a word": (
        each(
            lambda e: (
                f"train ({e}/30) acc: 0.5 | loss: {loss(e)}\nvalid ({e}/30) acc: 0.6 | loss: 0.5\n* Epoch ({e}/30) "
            )
        ),
        ONE_EACH,
    ),
    "trailers: below batches": (
        each(lambda e: "".join(f"batch {k}/2 loss {loss(2 * e + k)}\n" for k in range(2)) + f"Epoch {e} took 2.1s"),
        [(2 * e - 2 + k, loss(2 * e + k)) for e in EPOCHS for k in range(2)],
    ),
    "glued: a name": (each(lambda e: f"iter={e} loss={loss(e)}acc={0.5:.2f}"), ONE_EACH),
    "glued: a name and a colon": (each(lambda e: f"epoch:{e} loss:{loss(e)}lr:1e-3gnorm:0.5"), ONE_EACH),
    "summaries: W&B's": (LINES + SUMMARY.format(0.3), ONE_EACH),
    "summaries: W&B's, in a log by step": (
        each(lambda e: f"step {e} | loss {loss(e)}") + SUMMARY.format(0.3) + "wandb: View run at https://x",
        ONE_EACH,
    ),
    "ends: of a bar": (bars(""), [(10 * e + s, loss(e * 10 + s)) for e in range(3) for s in range(1, 11)]),
    "ends: of a bar with colours": (
        bars("\x1b[0m"),
        [(10 * e + s, loss(e * 10 + s)) for e in range(3) for s in range(1, 11)],
    ),
    "ends: inside a bar": (
        bars("")[:-3],
        [(10 * e + s, loss(e * 10 + s)) for e in range(3) for s in range(1, 11)][:-1],
    ),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_every_row_of_a_training(tmp_path: Path, kind: str) -> None:
    text, expected = WHOLE[kind]
    [run] = lrdoctor.read(written(tmp_path, text, "train.log"))
    told = run.series[assign_roles(run).loss or ""]
    assert [step for step, _ in expected] == told.step.tolist()
    assert told.value.tolist() == pytest.approx([value for _, value in expected], abs=1e-6)


def test_the_numbers_behind_glued_names(tmp_path: Path) -> None:
    text = each(lambda e: f"iter={e} loss={loss(e) if e < 20 else 'nan'}acc={e / 100:.2f}")
    [run] = lrdoctor.read(written(tmp_path, text, "train.log"))
    assert run.series["acc"].value.tolist() == [e / 100 for e in EPOCHS]
    assert [math.isnan(value) for value in run.series["loss"].value] == [e >= 20 for e in EPOCHS]


def test_a_summary_between_two_runs_hides_no_settings(tmp_path: Path) -> None:
    started = "wandb: Agent Starting Run: {} with config:\nwandb: \tlr: {}\n"
    text = "".join(started.format(name, lr) + LINES + SUMMARY.format(0.3) for name, lr in (("a1", 0.1), ("b2", 0.01)))
    assert [len(run.series["loss"]) for run in lrdoctor.read(written(tmp_path, text, "train.log"))] == [30, 30]
