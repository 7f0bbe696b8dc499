"""A `.wandb` file and its `output.log` are one training, told by the fuller of the two."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from lrdoctor.reading.load import Loaded, load
from tests.wandb_files import framed, losses, run_record


def loaded(tmp_path: Path, logged: Sequence[bytes], printed: Sequence[str]) -> Loaded:
    (tmp_path / "run-1" / "files").mkdir(parents=True)
    (tmp_path / "run-1" / "run-abc123.wandb").write_bytes(framed([run_record(lr=0.01), *logged]))
    (tmp_path / "run-1" / "files" / "output.log").write_text("".join(f"{line}\n" for line in printed))
    return load([tmp_path])


def lines(count: int) -> list[str]:
    return [f"step {i} | train_loss {2 / (i + 2):.4f}" for i in range(count)]


@pytest.mark.parametrize(
    ("logged", "printed", "kept", "points"),
    [
        (20, 19, "wandb-offline", 20),
        (20, 50, "wandb-offline", 20),
        (20, 400, "console", 400),
        (150, 400, "wandb-offline", 150),  # enough: the console is not read
        (20, 0, "wandb-offline", 20),
        (0, 40, "console", 40),
    ],
)
def test_the_fuller_is_kept(tmp_path: Path, logged: int, printed: int, kept: str, points: int) -> None:
    found = loaded(tmp_path, losses(logged), lines(printed) or ["nothing of a training"])
    (run,) = found.runs
    assert (run.source.format, max(map(len, run.series.values()))) == (kept, points)
    if logged and printed:
        assert not found.unreadable
        other = "files/output.log" if kept == "wandb-offline" else "run-abc123.wandb"
        assert [note.message for note in run.notes if note.code == "twin"] == [
            f"the same training is in {other} too: told once"
        ]


def test_both_files_count_as_read(tmp_path: Path) -> None:
    assert {path.name for path in loaded(tmp_path, losses(20), lines(30)).inputs} >= {"output.log", "run-abc123.wandb"}
