"""The published schema: every report is valid by it, and hardly anything else is."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lrdoctor
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.gate import Failure, Gate, Subject
from lrdoctor.records.provenance import Provenance
from lrdoctor.records.report import Report
from lrdoctor.records.run import Content
from lrdoctor.report import render
from lrdoctor.report.json.report import SCHEMA_VERSION
from lrdoctor.report.json.schema import load
from tests.report import examples as ex
from tests.report import replay_examples as rx
from tests.report import sweep_examples as sx

LOGS = Path(__file__).parents[3] / "sample_logs"
# Mappings by names from a log: any key may be there or not.  Of a verdict that has no probability there is none.
OPEN = {"hparams", "differs", "why", "probabilities", "odds"}


@cache
def schema() -> jsonschema.Draft202012Validator:
    jsonschema.Draft202012Validator.check_schema(load())
    return jsonschema.Draft202012Validator(load())


def faults(text: str) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in schema().iter_errors(json.loads(text))]


def whole() -> Report:
    """Everything that a report may hold, once."""
    sweep = sx.usual(ex.too_slow(), ex.well_tuned(), ex.too_high())
    broke = ex.divergent()
    held = replace(broke, run=replace(broke.run, source=replace(broke.run.source, contents=(Content(3, "0" * 64),))))
    gate = Gate("divergent", (Failure(Subject.RUN, 0, ("divergent",), "m"),), ("a",), ("b",), ("c",))
    return Report(
        (held, ex.no_lr()),
        ex.UNREADABLE,
        (sweep,),
        (rx.usual(), rx.settled()),
        Provenance("2026-12-01T10:00:00Z", "lrdoctor diagnose x"),
        gate,
    )


def shortened(value: Any) -> Any:
    """A document with at most two items in each list of numbers."""
    if isinstance(value, list):
        return [shortened(item) for item in (value if any(isinstance(i, dict) for i in value) else value[:2])]
    return {key: shortened(item) for key, item in value.items()} if isinstance(value, dict) else value


def places(value: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a document with its path."""
    if isinstance(value, dict):
        yield path, value
        for key, item in value.items():
            yield from places(item, f"{path}/{key}")
    elif isinstance(value, list):
        for item in value:
            yield from places(item, f"{path}[]")


def test_a_document_that_lacks_a_key_has_another_or_another_type_is_none() -> None:
    document = shortened(json.loads(render(whole(), "json")))
    assert schema().is_valid(document)
    valid = schema().is_valid
    wrong, seen = [], 0
    for path, found in dict(places(document)).items():
        if path.rpartition("/")[2] in OPEN:
            continue
        seen += 1
        found["one more"] = 1
        wrong += [f"one more at {path}"] if valid(document) else []
        del found["one more"]
        for key, value in list(found.items()):
            found[key] = [[{}]] if not isinstance(value, list) else "zz"
            wrong += [f"another type at {path}/{key}"] if valid(document) else []
            del found[key]
            wrong += [f"{path}/{key} is missing"] if valid(document) else []
            found[key] = value
    assert wrong == []
    assert seen > 30
    assert valid(document), "each was put back"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("schema_version",), SCHEMA_VERSION - 1),
        (("runs", 0, "verdict"), "fine"),
        (("runs", 0, "findings", 0, "severity"), "bad"),
        (("runs", 0, "hparams"), {"lr": [1]}),
        (("runs", 3, "source", "contents", 0, "sha256"), "0" * 63),
        (("runs", 0, "series", 0, "points"), -1),
        (("runs", 0, "interval"), [1.0]),
        (("gate", "failures", 0, "subject"), "thing"),
        (("generated_at",), "yesterday"),
        (("replays", 0, "cost", "steps"), 1.5),
    ],
)
def test_a_value_that_none_can_be_is_none(path: tuple[str | int, ...], value: object) -> None:
    document = json.loads(render(whole(), "json"))
    *way, last = path
    inner: Any = document
    for step in way:
        inner = inner[step]
    assert inner[last] != value
    inner[last] = value
    assert not schema().is_valid(document)


@pytest.mark.parametrize("curves", [True, False])
def test_what_is_written_is_valid(full: Report, curves: bool) -> None:
    reports = [whole(), full, Report(), Report((), ex.UNREADABLE)]
    reports += [Report(replays=(make(),)) for make in rx.REPLAYS.values()]
    for report in reports:
        assert faults(render(report, "json", curves=curves)) == []


SAMPLES = sorted(path for path in LOGS.iterdir() if path.is_dir() and path.name[0] != "." and path.name != "formats")[
    ::9
]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_a_real_log_is_valid(path: Path) -> None:
    diagnoses = [lrdoctor.diagnose(run) for run in lrdoctor.read(path)]
    assert diagnoses
    assert faults(render(diagnoses, "json")) == []


numbers = st.none() | st.floats()
words = st.text(max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats() | words


@st.composite
def diagnoses(draw: st.DrawFn) -> Diagnosis:
    base = draw(st.sampled_from(list(ex.EXAMPLES.values())))()
    run = replace(base.run, name=draw(words), hparams=draw(st.dictionaries(words, scalars)), step_axis=draw(words))
    odd: Mapping[str, Any] = {
        "lr": draw(st.none() | st.floats(1e-300, 1e300)),
        "factor": draw(st.none() | st.floats(1e-8, 1e8)),
        "reason": draw(words),
        "findings": [
            replace(one, value=draw(numbers), limit=draw(numbers), series=draw(st.none() | words))
            for one in base.findings
        ],
        "evidence": [
            replace(one, value=draw(numbers), odds={key: draw(st.floats()) for key in one.odds})
            for one in base.evidence
        ],
    }
    return replace(base, run=run, **odd)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(diagnoses(), max_size=2), st.booleans())
def test_any_report_is_valid(found: list[Diagnosis], curves: bool) -> None:
    assert faults(render(Report(tuple(found)), "json", curves=curves)) == []


def test_points_are_most_of_its_size() -> None:
    long, short = (len(render(whole(), "json", curves=curves)) for curves in (True, False))
    assert short < long / 2
