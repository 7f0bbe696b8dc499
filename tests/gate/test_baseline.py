"""An earlier report as the baseline: what it is matched by, and what is no report."""

import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.errors import UsageError
from lrdoctor.gate.baseline import Before, is_report, of_diagnoses, of_report
from lrdoctor.records.report import Report
from lrdoctor.records.run import Content
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.report import render
from tests.report import examples as ex


def rounded(one: Before) -> Before:
    """Without what a report does not keep."""
    return replace(one, diagnosis=None, chance=round(one.chance, 6))


def written(tmp_path: Path, report: Report, **options: bool) -> Path:
    path = tmp_path / "before.json"
    path.write_text(render(report, "json", **options))
    return path


@pytest.mark.parametrize("curves", [True, False])
def test_a_report_says_as_much_as_its_runs(tmp_path: Path, curves: bool) -> None:
    runs = (ex.too_slow(), ex.divergent(), ex.no_lr())
    path = written(tmp_path, Report(runs, (Unreadable("b.csv", "an empty file"),)), curves=curves)
    assert is_report(path)
    found = of_report(path)
    assert [rounded(one) for one in of_diagnoses(runs).runs] == [rounded(one) for one in found.runs]
    assert found.unreadable == {"b.csv"}


def test_a_run_that_moved_is_known_by_its_content(tmp_path: Path) -> None:
    d = ex.too_slow()
    held = (Content(3, "ab" * 32),)
    before = replace(d, run=replace(d.run, source=replace(d.run.source, contents=held)))
    moved = replace(d, run=replace(d.run, source=replace(before.run.source, path=Path("elsewhere"))))
    other = ex.too_high()
    found = of_report(written(tmp_path, Report((before, other))))
    was = found.of(moved)
    assert was is not None
    assert was.name == d.run.name


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no JSON report"),
        ("{", "no JSON report"),
        ("[" * 100_000, "no JSON report"),
        ("[]", "schema version None"),
        ('{"schema_version": 99}', "schema version 99"),
        ('{"schema_version": 2}', "not as lrdoctor writes it"),
        ('{"schema_version": 2, "runs": 5}', "not as lrdoctor writes it"),
        ('{"schema_version": 2, "runs": [{}]}', "not as lrdoctor writes it"),
        (
            '{"schema_version": 2, "runs": [{"findings": [], "verdict": "bad", "source": {}}]}',
            "not as lrdoctor writes it",
        ),
    ],
)
def test_what_is_no_report_is_said(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=why):
        of_report(path)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    assert not is_report(tmp_path / "gone.json")
    with pytest.raises(UsageError, match="No such file"):
        of_report(tmp_path / "gone.json")


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(
                    ["runs", "findings", "source", "path", "name", "verdict", "probabilities", "unreadable", "contents"]
                ),
                inner,
            )
        ),
        max_leaves=20,
    )
)
def test_no_json_raises_anything_but_a_complaint(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    path = tmp_path_factory.mktemp("b") / "x.json"
    content = {"schema_version": 2, **value} if isinstance(value, dict) else {"schema_version": 2, "runs": value}
    path.write_text(json.dumps(content))
    with suppress(UsageError):
        of_report(path)
