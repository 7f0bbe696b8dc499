"""The `log.txt` of bearpaw's pytorch-classification: the reader of tables reads it, tabs, pipes and all."""

from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.vocabulary.roles import assign_roles

ROWS = ((0.1, 2.2, 2.1, 20.0, 21.0), (0.1, 2.0, 1.9, 30.0, 29.0), (0.01, 1.7, 1.8, 40.0, 33.0))
NAMES = ("Learning Rate", "Train Loss", "Valid Loss", "Train Acc.", "Valid Acc.")


@pytest.mark.parametrize("mark", ["\t", "|"])
@pytest.mark.parametrize("trailing", [True, False])
def test_read_as_a_table(tmp_path: Path, mark: str, trailing: bool) -> None:
    path = tmp_path / "log.txt"
    end = mark if trailing else ""
    lines = ["\t".join(NAMES) + "\t" * trailing, *(mark.join(f"{cell:.6f}" for cell in row) + end for row in ROWS)]
    path.write_text("\n".join(lines) + "\n")
    (run,) = lrdoctor.read(path)
    roles = assign_roles(run)
    assert run.source.format == "table"
    assert (roles.loss, roles.val_loss, roles.lr) == ("Train Loss", "Valid Loss", "Learning Rate")
    assert run.series["Train Loss"].value.tolist() == [2.2, 2.0, 1.7]
    assert run.series["Learning Rate"].value.tolist() == [0.1, 0.1, 0.01]
    assert (run.step_axis, [note.code for note in run.notes]) == ("row", ["steps-invented"])


def test_a_real_log(real_logs: Path) -> None:
    (run,) = lrdoctor.read(real_logs / "bearpaw_logger/log.txt")
    assert (run.source.format, run.step_axis) == ("table", "epoch")
    assert run.series["Train Loss"].value.tolist() == [2.158084, 1.833367]
    assert run.series["Learning Rate"].value.tolist() == [0.001, 0.001]
