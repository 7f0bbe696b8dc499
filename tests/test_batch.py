"""Paths to a report: what fails hides nothing else."""

from pathlib import Path

import pytest

from lrdoctor.batch import Choice, judge
from lrdoctor.errors import UsageError
from lrdoctor.records.report import Report
from lrdoctor.records.run import Run
from lrdoctor.report.wording.sweep import no_sweep

SAMPLES = Path(__file__).parent.parent / "sample_logs"


def test_every_run_is_watched_and_judged() -> None:
    seen: list[str] = []

    def watch(runs: "tuple[Run, ...]") -> "list[Run]":
        seen.extend(run.name for run in runs)
        return list(runs)

    report = judge([str(SAMPLES / "two-sweeps")], Choice(), watch)  # type: ignore[arg-type]  # it gets a tuple
    assert seen == [d.run.name for d in report.diagnoses]
    assert len(report.sweeps) == 2
    inside = {id(d) for sweep in report.sweeps for d in sweep.diagnoses}
    assert inside == {id(d) for d in report.diagnoses}


def test_a_series_that_one_run_lacks_hides_no_other() -> None:
    report = judge([str(SAMPLES / "too-high"), str(SAMPLES / "too-slow")], Choice(loss="train_loss"))
    assert [d.run.name for d in report.diagnoses] == ["too-high"]
    assert len(report.unreadable) == 1


def test_tables_that_cannot_be_read_are_said_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        judge([str(SAMPLES / "too-high")], Choice(posterior=str(tmp_path / "none.json")))


def test_why_runs_are_no_sweep() -> None:
    assert no_sweep(Report(())).startswith("0 runs found, 0 with a known LR")
