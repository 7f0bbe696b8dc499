"""Files that hold one quantity each are joined to one run where nothing tells two runs apart."""

from pathlib import Path

import numpy as np
import pytest

from lrdoctor.reading.assembly.joined_files import join_partial_runs
from lrdoctor.reading.formats import READERS
from lrdoctor.records.run import Run, Series, Source
from lrdoctor.vocabulary.roles import assign_roles
from tests.runs import falling

STEP = np.arange(100, dtype=float)
TRAITS = {reader.name: reader.traits for reader in READERS}


def part(file: str, tag: str = "", *, kind: str = "table", run: str = "", axis: str = "step") -> Run:
    path = Path(file)
    series = {tag or path.stem: Series(STEP, falling(100))}
    return Run(
        run or path.stem, series, Source(path, (path,), kind, "made by a test", traits=TRAITS[kind]), step_axis=axis
    )


@pytest.mark.parametrize(
    "parts",
    [
        [part("a/train_loss.csv"), part("a/val_loss.csv")],
        [part("a/loss.csv"), part("a/val_loss.csv"), part("a/lr.csv")],
        [part("a/loss.csv"), part("a/learning_rate.csv")],
        [
            part("a/w1.csv", "train/loss", kind="wandb-chart", run="sunny"),
            part("a/w2.csv", "lr", kind="wandb-chart", run="sunny"),
        ],
    ],
)
def test_parts_of_one_run_are_joined(parts: list[Run]) -> None:
    (run,) = join_partial_runs(parts)
    assert set(run.series) == {tag for one in parts for tag in one.series}
    assert run.source.path == Path("a")
    assert run.source.files == tuple(one.source.files[0] for one in parts)
    assert assign_roles(run).loss is not None


@pytest.mark.parametrize(
    "parts",
    [
        [part("a/resnet_loss.csv"), part("a/vgg_loss.csv")],
        [part("a/loss.csv"), part("b/val_loss.csv")],
        [part("a/loss.csv"), part("a/val_loss.csv", axis="epoch")],
        [part("a/loss.csv"), part("a/grades.csv")],
        [part("a/train_loss.csv", kind="tb-ui"), part("a/val_loss.csv")],
        [
            part("a/w1.csv", "train/loss", kind="wandb-chart", run="sunny"),
            part("a/w2.csv", "lr", kind="wandb-chart", run="rainy"),
        ],
        [
            part("a/w1.csv", "train/loss", kind="wandb-chart", run="sunny"),
            part("a/w2.csv", "train/loss", kind="wandb-chart", run="sunny"),
        ],
    ],
)
def test_what_may_be_two_runs_stays_two(parts: list[Run]) -> None:
    assert join_partial_runs(parts) == parts
