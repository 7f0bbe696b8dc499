"""An earlier report as the baseline: what it is matched by, and what is no report."""

import json
import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.errors import UsageError
from lrdoctor.gate.baseline import of_report_now
from lrdoctor.gate.before import Before
from lrdoctor.gate.earlier import is_report, of_report
from lrdoctor.gate.matching import matched
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.report import Report
from lrdoctor.records.run import Content
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.report import render
from tests.report import examples as ex
from tests.report import sweep_examples as sx


def rounded(one: Before) -> Before:
    """Without what a report does not keep."""
    numbers = {"lr": one.lr, "end": one.end, "chance": one.chance}
    kept = {name: None if value is None else float(f"{value:.6g}") for name, value in numbers.items()}
    return replace(one, diagnosis=None, **kept)  # type: ignore[arg-type]


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
    now = of_report_now(Report(runs))
    assert [rounded(one) for one in now.runs] == [rounded(one) for one in found.runs]
    assert found.unreadable == {"b.csv"}
    assert found.runs[0].settings, "five settings tell runs apart"
    assert found.runs[0].end is not None


def test_a_report_says_where_runs_of_a_sweep_stood(tmp_path: Path) -> None:
    report = sx.everything({name: make() for name, make in ex.EXAMPLES.items()})
    found, now = of_report(written(tmp_path, report)), of_report_now(report)
    places = {(one.path, one.name): one.place for one in now.runs}
    assert sum(place is not None for place in places.values()) > 2
    for one in found.runs:
        was = places[one.path, one.name]
        assert (one.place is None) == (was is None)
        if one.place is not None and was is not None:
            assert one.place.inside == pytest.approx(was.inside, rel=1e-6)


def test_a_run_that_moved_is_known_by_its_content(tmp_path: Path) -> None:
    d = ex.too_slow()
    held = (Content(3, "ab" * 32),)
    before = replace(d, run=replace(d.run, source=replace(d.run.source, contents=held)))
    moved = replace(d, run=replace(d.run, source=replace(before.run.source, path=Path("elsewhere"))))
    other = ex.too_high()
    found = of_report(written(tmp_path, Report((before, other))))
    pairs = matched(of_report_now(Report((other, moved))).runs, found.runs)
    assert {i: one.name for i, one in pairs.items()} == {0: other.run.name, 1: d.run.name}


def run_of(name: str, path: str = "", digest: str = "", settings: str = "", lr: float = 0.1) -> Before:
    held = frozenset({digest}) if digest else frozenset[str]()
    return Before(path or f"logs/{name}", name, Verdict.DIVERGENT, 1.0, held, settings, lr=lr)


@pytest.mark.parametrize(
    ("now", "then", "pairs"),
    [
        ([run_of("a"), run_of("b")], [run_of("b"), run_of("a")], {0: 1, 1: 0}),
        # Renamed, or moved: by content, where only one has it.
        ([run_of("a", "x", "1")], [run_of("b", "y", "1")], {0: 0}),
        ([run_of("a", "x", "1"), run_of("c", "z", "1")], [run_of("b", "y", "1")], {}),
        ([run_of("a", "x", "1"), run_of("b", "x", "1")], [run_of("b", "y", "1"), run_of("a", "y", "1")], {0: 1, 1: 0}),
        # The log has grown and its run is called otherwise: by the path, where it is the only run there.
        ([run_of("new", "x")], [run_of("old", "x")], {0: 0}),
        ([run_of("new", "x"), run_of("old", "x")], [run_of("old", "x")], {1: 0}),
        # The same settings, and the same LR.
        ([run_of("monday", settings="s")], [run_of("sunday", settings="s")], {0: 0}),
        ([run_of("monday", settings="s")], [run_of("sunday", settings="t")], {}),
        ([run_of("monday", settings="s", lr=0.2)], [run_of("sunday", settings="s")], {}),
        ([run_of("a", settings="s"), run_of("b", settings="s")], [run_of("c", settings="s")], {}),
        # A name alone is none's own, and one of before stands for one of now.
        ([run_of("a", "x")], [run_of("a", "y")], {}),
        ([run_of("a", "x", "1"), run_of("b", "y", "2")], [run_of("b", "y", "1")], {1: 0}),
        ([], [run_of("a")], {}),
        ([run_of("a")], [], {}),
    ],
)
def test_runs_are_known_by_what_only_one_of_them_has(
    now: list[Before], then: list[Before], pairs: dict[int, int]
) -> None:
    assert matched(now, then) == {i: then[j] for i, j in pairs.items()}


def test_runs_that_were_named_to_compare_with_are_known_by_name_too() -> None:
    logs = [replace(run_of(name, f"old/{name}"), diagnosis=ex.too_slow()) for name in "ab"]
    now = [run_of("a", "new/a"), run_of("c", "new/c")]
    assert matched(now, logs) == {0: logs[0]}
    assert matched(now, logs[:1]) == {0: logs[0], 1: logs[0]}, "the only one stands for every run"
    assert matched(now, [replace(one, diagnosis=None) for one in logs[:1]]) == {}, "but a report's only one does not"


RUNS = st.lists(
    st.builds(run_of, st.sampled_from("abc"), st.sampled_from("xy"), st.sampled_from(["", "1", "2"]), st.just("s")),
    max_size=6,
)


@given(RUNS, RUNS)
def test_one_of_before_stands_for_one_of_now_at_most(now: list[Before], then: list[Before]) -> None:
    pairs = list(matched(now, then).values())
    assert len({id(one) for one in pairs}) == len(pairs)


def test_a_secret_in_a_path_does_not_make_a_run_new(tmp_path: Path) -> None:
    d = ex.too_slow()
    hidden = replace(d, run=replace(d.run, source=replace(d.run.source, path=Path("/home/ada/runs/a"))))
    found = of_report(written(tmp_path, Report((hidden, ex.too_high()))))
    assert "ada" not in found.runs[0].path
    assert 0 in matched(of_report_now(Report((hidden,))).runs, found.runs)


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


ONE = {
    "findings": [], "verdict": "too-high", "source": {"path": "p"}, "name": "n", "probabilities": {"too-high": 0.5},
}  # fmt: skip


@pytest.mark.parametrize(
    "spoiled",
    [
        {"verdict": "v" * 5000},
        {"probabilities": {"too-high": 10**400}},
        {"probabilities": {"too-high": "nan"}},
        {"probabilities": {"too-high": 1.01}},
        {"probabilities": {"too-high": True}},
        {"name": 5},
        {"findings": {}},
        {"findings": [{"code": "LR102", "severity": "dreadful"}]},
        {"source": {"path": "p", "contents": [{"sha256": 5}]}},
        {"lr": [1]},
        {"place": {"sweep": 0, "words": "x", "below": 2, "inside": 0, "above": 0}},
        {"hparams": 5},
    ],
)
def test_what_is_spoiled_is_refused_in_a_short_line(tmp_path: Path, spoiled: dict[str, object]) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"schema_version": 2, "runs": [ONE]}))
    assert of_report(path).runs[0].chance == 0.5
    path.write_text(json.dumps({"schema_version": 2, "runs": [{**ONE, **spoiled}]}))
    with pytest.raises(UsageError, match="not as lrdoctor writes it") as error:
        of_report(path)
    assert len(str(error.value)) < len(str(path)) + 160
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("version", ["x" * 5000, True, 2.0, 1, [2], None])
def test_a_version_that_is_not_ours_is_refused_in_a_short_line(tmp_path: Path, version: object) -> None:
    path = tmp_path / "x.json"
    path.write_text(json.dumps({"schema_version": version, "runs": []}))
    with pytest.raises(UsageError, match="schema version") as error:
        of_report(path)
    assert len(str(error.value)) < len(str(path)) + 160


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert not is_report(tmp_path / "pipe")


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
