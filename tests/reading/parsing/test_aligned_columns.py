"""Tables whose columns are told by their place: Chainer's, xLearn's, and others aligned to the left or the right."""

from pathlib import Path

import numpy as np
import pytest

from lrdoctor.reading.load import load
from lrdoctor.reading.parsing.aligned_columns import rows_of, spans_of
from lrdoctor.records.run import Run

XLEARN = """\
[------------] xLearn uses 4 threads for training task.
[ ACTION     ] Start to train ...
[------------] Epoch      Train log_loss       Test log_loss     Time cost (sec)
[   10%      ]     1            0.600000            0.610000                0.01
[   20%      ]     2            0.500000            0.520000                0.02
[   30%      ]     3            0.400000            0.430000                0.03
[   40%      ]     4            0.300000            0.340000                0.04
[ ACTION     ] Early-stopping at epoch 4
[------------] Finish training
"""


def aligned(names: list[str], rows: list[list[str]], *, left: bool) -> str:
    widths = [max(map(len, column)) + 2 for column in zip(names, *rows, strict=True)]
    place = str.ljust if left else str.rjust
    return "".join("".join(map(place, row, widths)).rstrip() + "\n" for row in [names, *rows])


def read(folder: Path, text: str) -> Run:
    path = folder / "log.txt"
    path.write_text(text, encoding="utf-8")
    [run] = load([path]).runs
    return run


@pytest.mark.parametrize("left", [True, False])
def test_cells_that_are_empty(tmp_path: Path, left: bool) -> None:
    names = ["epoch", "iteration", "main/loss", "validation/main/loss", "lr"]
    rows = [
        [str(i // 5), str(100 * i), f"{3 / (1 + i):.5g}", f"{3.5 / (1 + i):.5g}" if i % 5 == 0 else "", "0.0001"]
        for i in range(1, 21)
    ]
    run = read(tmp_path, aligned(names, rows, left=left))
    assert run.step_axis == "iteration"
    assert run.series["main/loss"].step.tolist() == [100.0 * i for i in range(1, 21)]
    assert run.series["validation/main/loss"].step.tolist() == [500, 1000, 1500, 2000]
    assert set(run.series["lr"].value) == {1e-4}


def test_a_progress_in_brackets_in_front(tmp_path: Path) -> None:
    run = read(tmp_path, XLEARN)
    assert run.series["Train log_loss"].value.tolist() == [0.6, 0.5, 0.4, 0.3]
    assert run.series["Test log_loss"].step.tolist() == [1, 2, 3, 4]


def test_rows_too_wide_for_their_columns_are_split_at_blanks() -> None:
    header, rows = "step   loss", ["1      2.0", "2      1.0"]
    spans = spans_of(header, rows)
    assert spans is not None
    assert list(rows_of([*rows, "12345678 0.5", "saved to /tmp"], spans)) == [
        ["1", "2.0"],
        ["2", "1.0"],
        ["12345678", "0.5"],
    ]


def test_no_columns() -> None:
    assert spans_of("epoch loss", ["1 2.0"]) is None
    assert spans_of("epoch   loss", ["training the model"]) is None
    assert spans_of("epoch   loss", []) is None


def test_losses_are_numbers(tmp_path: Path) -> None:
    text = aligned(
        ["epoch", "train loss", "val loss"], [["1", "2.0", ""], ["2", "nan", "3.0"], ["3", "1.0", ""]], left=True
    )
    assert np.isnan(read(tmp_path, text).series["train loss"].value[1])
