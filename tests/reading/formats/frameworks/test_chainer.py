"""Chainer's PrintReport, whose cells are empty where nothing was evaluated; and its `log`, which is JSON."""

import json
import math
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.frameworks.chainer import READER
from tests.reading.formats.line_logs import codes, knows, points, read_one, survives, written

NAMES = ("epoch", "iteration", "main/loss", "main/accuracy", "lr", "validation/main/loss", "elapsed_time")
WIDTHS = [max(10, len(name)) for name in NAMES]


def cells(*values: object) -> str:
    """A line as PrintReport makes it."""
    told = [
        f"{value:<{width}.6g}" if isinstance(value, float) else f"{value:<{width}}"
        for value, width in zip(values, WIDTHS, strict=True)
    ]
    return "  ".join(told) + "  \n"


def row(n: int, *, tested: bool) -> str:
    return cells(1 + n // 5, 100 * n, 4 / n, n / 100, 1e-4, 4 / n + 0.1 if tested else "", 0.5 * n)


HEADER = "  ".join(f"{name:<{width}}" for name, width in zip(NAMES, WIDTHS, strict=True)) + "\n"
LOG = HEADER + "".join(row(n, tested=n % 5 == 0) for n in range(1, 31))
BAR = (
    "\x1b[J     total [#.........]  2.22%\nthis epoch [###.......]  6.67%\n       100 iter, 0 epoch / 3 epochs\n"
    "       inf iters/sec. Estimated time to finish: 0:00:00.\n\x1b[4A\x1b[J"
)
CASES = [
    ("PrintReport", LOG, True),
    ("with progress bars", "GPU: 0\n# epoch: 20\n\n" + LOG.replace("\n", "\n" + BAR), True),
    ("pasted with an indent", "".join(f"    {line}\n" for line in LOG.splitlines()), True),
    ("one row", HEADER + row(1, tested=False), True),
    ("a header alone", HEADER, False),
    ("columns of another width", "epoch  loss  accuracy\n1      0.5   0.6\n2      0.4   0.7\n", False),
    ("no loss", HEADER.replace("loss", "rate") + row(1, tested=True), False),
    ("nothing", "", False),
]


@pytest.mark.parametrize(("text", "known"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_recognised_by_its_columns(tmp_path: Path, text: str, known: bool) -> None:
    assert knows(READER, written(tmp_path, text, "log.txt")) is known


@pytest.mark.parametrize("text", [case[1] for case in CASES[:3]], ids=[case[0] for case in CASES[:3]])
def test_every_value_in_its_own_column(tmp_path: Path, text: str) -> None:
    run = read_one(READER, written(tmp_path, text, "mnist/log.txt"))
    steps = [100.0 * n for n in range(1, 31)]
    assert points(run, "main/loss") == [(step, float(f"{400 / step:.6g}")) for step in steps]
    assert points(run, "validation/main/loss") == [(step, float(f"{400 / step + 0.1:.6g}")) for step in steps[4::5]]
    assert set(run.series) == {"main/loss", "main/accuracy", "lr", "validation/main/loss"}
    assert (run.name, run.step_axis) == ("mnist", "iteration")


def test_by_epoch_where_iterations_are_not_told(tmp_path: Path) -> None:
    text = "epoch       main/loss   validation/main/loss\n" + "".join(
        f"{n:<10}  {3 / n:<10.6g}  {'':20}  \n" for n in range(1, 9)
    )
    run = read_one(READER, written(tmp_path, text, "log.txt"))
    assert (run.step_axis, run.series["main/loss"].step.tolist()) == ("epoch", list(range(1, 9)))
    assert "validation/main/loss" not in run.series


def test_a_number_wider_than_its_column(tmp_path: Path) -> None:
    wide = cells(1, 100, -1.23457e-05, 0.5, 1e-4, 0.25, 9.5).replace("-1.23457e-05", "-1.2345678e-05")
    shifted = cells(1, 200, 2.5, 0.5, 1e-4, "", 9.5).replace("2.5       ", "-1.2345678e-05")
    run = read_one(
        READER,
        written(tmp_path, LOG.replace(row(1, tested=False), wide).replace(row(2, tested=False), shifted), "log.txt"),
    )
    assert points(run, "main/loss")[:2] == [(100, -1.2345678e-05), (300, 1.33333)]
    assert points(run, "validation/main/loss")[0] == (100, 0.25)


def test_nan_a_restart_and_a_torn_line(tmp_path: Path) -> None:
    text = (
        LOG + HEADER + row(10, tested=True) + cells(3, 1100, math.nan, 0.5, 1e-4, "", 9.5) + row(12, tested=False)[:9]
    )
    run = read_one(READER, written(tmp_path, text, "log.txt"))
    assert run.series["main/loss"].step[-1] == 1100
    assert math.isnan(run.series["main/loss"].value[-1])
    assert {"restart", "torn-tail"} <= set(codes(run))


def test_no_row_is_an_error_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no row"):
        read_one(READER, written(tmp_path, HEADER, "log.txt"))


def test_damaged_logs_are_read_or_refused(tmp_path: Path) -> None:
    assert survives(READER, tmp_path, LOG, "log.txt") >= 8


def test_the_log_in_json_beside_it(tmp_path: Path) -> None:
    """LogReport's `log`: a list of objects, with values that are not there in every one."""
    rows: list[dict[str, float]] = []
    for n in range(1, 31):
        rows.append({"epoch": 1 + n // 5, "iteration": 100 * n, "elapsed_time": 0.5 * n, "main/loss": 4 / n})
        if n % 5 == 0:
            rows[-1]["validation/main/loss"] = 4 / n + 0.1
    (run,) = lrdoctor.read(written(tmp_path, json.dumps(rows, indent=4), "result/log"))
    assert points(run, "main/loss") == [(row["iteration"], row["main/loss"]) for row in rows]
    assert points(run, "validation/main/loss") == [(100 * n, 4 / n + 0.1) for n in range(5, 31, 5)]
    assert run.step_axis == "iteration"
