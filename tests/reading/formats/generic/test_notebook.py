"""Jupyter notebooks: streams, displayed tables, bars; one run for each training; settings by the cells' text."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.generic.notebook import READER
from lrdoctor.reading.formats.generic.notebook_settings import settings_in
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, learning_rate, optimizer
from tests.reading.formats.line_logs import knows, points, read_all, read_one, survives, written


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text.splitlines(keepends=True)}


def displayed(rows: Sequence[Sequence[object]], kind: str = "display_data") -> dict[str, Any]:
    """A table as pandas and Hugging Face write it."""
    head = "".join(f"<th>{cell}</th>" for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows[1:])
    table = f'<table border="1"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>'
    return {"output_type": kind, "data": {"text/html": [table], "text/plain": ["<IPython.core.display.HTML object>"]}}


def code(text: str, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": text.splitlines(keepends=True), "outputs": list(outputs)}


def notebook(*cells: dict[str, Any]) -> str:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def loss(step: int) -> float:
    return round(3.0 / (1 + step / 10) + 0.5, 4)


PRINTED = stream("".join(f"epoch {e} train_loss {loss(e)} val_loss {loss(e) + 0.1:.4f}\n" for e in range(1, 21)))
HUGGING_FACE = displayed(
    [["Step", "Training Loss", "Validation Loss"]]
    + [[f"{s}", f"{loss(s // 50):.6f}", f"{loss(s // 50) + 0.2:.6f}"] for s in range(50, 1001, 50)]
)
# Where it logs less often than it evaluates, the first cells say so.
BY_EPOCH = displayed(
    [["Epoch", "Training Loss", "Validation Loss", "Accuracy"]]
    + [[e, "No log" if e < 3 else f"{loss(e)}", f"{loss(e) + 0.2:.4f}", "0.5"] for e in range(1, 13)]
)
FASTAI = displayed(
    [["epoch", "train_loss", "valid_loss", "accuracy", "time"]]
    + [[e, f"{loss(e)}", f"{loss(e) + 0.2:.4f}", "0.5", f"00:{e:02}"] for e in range(12)]
)
KERAS = stream(
    "".join(
        f"Epoch {e}/12\n"
        + "".join(f"{s}/100 [=>...] - ETA: 2s - loss: 9.{s}" + "\b" * 40 for s in (1, 50))
        + f"\r100/100 [======] - 2s 3ms/step - loss: {loss(e)} - val_loss: {loss(e) + 0.1:.4f}\n"
        for e in range(1, 13)
    )
)
BAR = stream(
    "\r".join(
        f"Epoch {e}: 100%|███| {s}/5 [00:01<00:00, 8.2it/s, loss={loss(5 * e + s)}]"
        for e in range(4)
        for s in range(1, 6)
    ),
    "stderr",
)

TOLD = [
    ("printed", PRINTED, "epoch", 20, (1, 20), "train_loss", "val_loss"),
    ("Hugging Face's table", HUGGING_FACE, "Step", 20, (50, 1000), "Training Loss", "Validation Loss"),
    ("its table by epoch", BY_EPOCH, "Epoch", 10, (3, 12), "Training Loss", "Validation Loss"),
    ("fastai's table", FASTAI, "epoch", 12, (0, 11), "train_loss", "valid_loss"),
    ("Keras' bars", KERAS, "step", 12, (100, 1200), "loss", "val_loss"),
    ("a bar on stderr", BAR, "iter", 20, (1, 20), "loss", None),
]


@pytest.mark.parametrize(
    ("output", "axis", "count", "ends", "name", "val"), [told[1:] for told in TOLD], ids=[told[0] for told in TOLD]
)
def test_what_a_cell_printed_or_displayed(
    tmp_path: Path, output: dict[str, Any], axis: str, count: int, ends: tuple[int, int], name: str, val: str | None
) -> None:
    path = written(tmp_path, notebook(code("fit()", output)), "train.ipynb")
    assert knows(READER, path)
    run = read_one(READER, path)
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss, run.step_axis) == (name, val, axis)
    told = points(run, name)
    assert (len(told), told[0][0], told[-1][0]) == (count, *ends)


def test_values_are_those_of_the_output(tmp_path: Path) -> None:
    run = read_one(READER, written(tmp_path, notebook(code("fit()", HUGGING_FACE)), "a.ipynb"))
    assert points(run, "Training Loss") == [(s, loss(s // 50)) for s in range(50, 1001, 50)]


def test_each_training_cell_is_a_run_with_the_settings_above_it(tmp_path: Path) -> None:
    cells = [
        code("BATCH = 32\nopt = torch.optim.SGD(net.parameters(), lr=0.1)\nfit()", PRINTED),
        code("# lr=5\nopt = torch.optim.AdamW(net.parameters(), lr=1e-3)"),
        code("fit(batch_size=BATCH)", PRINTED),
    ]
    first, second = read_all(READER, written(tmp_path, notebook(*cells), "nets/train.ipynb"))
    assert (first.name, second.name) == ("train.ipynb/1", "train.ipynb/2")
    assert [learning_rate(run, assign_roles(run))[0] for run in (first, second)] == [0.1, 0.001]
    assert [optimizer(run) for run in (first, second)] == ["SGD", "AdamW"]
    assert batch_size(second) == 32


def test_two_trainings_in_one_cell_are_two_runs(tmp_path: Path) -> None:
    twice = {**PRINTED, "text": PRINTED["text"] * 2}
    assert len(read_all(READER, written(tmp_path, notebook(code("for seed in (1, 2): fit()", twice)), "a.ipynb"))) == 2


def test_a_table_displayed_anew_each_time_counts_once(tmp_path: Path) -> None:
    rows = [["Step", "Training Loss"]] + [[s, loss(s)] for s in range(10, 300, 10)]
    shown = [displayed(rows[:many], "update_display_data") for many in (8, 15, len(rows))]
    run = read_one(READER, written(tmp_path, notebook(code("trainer.train()", *shown)), "a.ipynb"))
    assert len(run.series["Training Loss"]) == len(rows) - 1


def test_a_logged_lr_is_believed_before_the_cell_that_may_have_been_edited(tmp_path: Path) -> None:
    text = "".join(f"epoch {e} loss {loss(e)} lr 0.01\n" for e in range(1, 21))
    run = read_one(READER, written(tmp_path, notebook(code("fit(lr=0.5, batch_size=8)", stream(text))), "a.ipynb"))
    assert learning_rate(run, assign_roles(run))[0] == 0.01
    assert batch_size(run) == 8


def test_what_was_typed_before_version_4(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "input": ["fit(lr=0.5)"], "outputs": [PRINTED]}
    old = json.dumps({"worksheets": [{"cells": [cell]}], "nbformat": 3})
    assert learning_rate(run := read_one(READER, written(tmp_path, old, "a.ipynb")), assign_roles(run))[0] == 0.5


RESULTS = displayed([["Model", "Loss"], *[[f"net{i}", loss(i)] for i in range(20)]])
FEW = stream("epoch 1 loss 0.5\nepoch 2 loss 0.4\n")
NONE = [
    ("no output", notebook(code("loss = 0.5"))),
    ("an evaluation's table", notebook(code("df", RESULTS))),
    ("two epochs", notebook(code("fit()", FEW))),
    ("a loss in a text", notebook({"cell_type": "markdown", "source": ["the loss of step 1: 0.5\n"] * 30})),
    ("no notebook", '{"step": 1, "loss": 0.5}\n'),
    ("cells of no kind", '{"cells": [1, null, {"cell_type": "code", "outputs": [3, {"text": 4}]}], "loss": 1}'),
    ("torn", notebook(code("fit()", PRINTED))[:-80]),
]


@pytest.mark.parametrize("text", [case[1] for case in NONE], ids=[case[0] for case in NONE])
def test_what_shows_no_training(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text, "a.ipynb")
    assert not knows(READER, path)
    with pytest.raises(UnreadableError, match="no training"):
        read_one(READER, path)


def test_the_refusal_says_what_a_notebook_lacks(tmp_path: Path) -> None:
    path = written(tmp_path, notebook(code("fit()", FEW)), "a.ipynb")
    with pytest.raises(UnreadableError, match="notebook whose outputs show no training"):
        lrdoctor.read(path)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("LR = 2e-3\nSGD(lr=LR)", {"lr": 0.002}),
        ("learning_rate: float = 1_000", {}),
        ("x.lr = 0.5", {}),
        ("lr = 0.1 * scale", {}),
        ("fit(lr = .5, batch_size=64)", {"lr": 0.5, "batch_size": 64}),
        ("model.compile(optimizer='adam')", {"optimizer": "adam"}),
        ("# lr = 0.5", {}),
        ("lr = get(0.5)", {}),
    ],
)
def test_settings_by_their_text(text: str, found: dict[str, object]) -> None:
    assert settings_in(text) == found


@pytest.mark.parametrize("output", [PRINTED, HUGGING_FACE, KERAS], ids=["printed", "table", "keras"])
def test_damaged_notebooks(tmp_path: Path, output: dict[str, Any]) -> None:
    assert survives(READER, tmp_path, notebook(code("fit()", output)), "a.ipynb") >= 1
