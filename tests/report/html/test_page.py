"""The page as data."""

import dataclasses
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from lrdoctor.records.diagnosis import Diagnosis, Finding, Severity
from lrdoctor.records.gate import Failure, Gate, Subject
from lrdoctor.records.onset import Cause, Moment, Onset
from lrdoctor.records.provenance import Provenance
from lrdoctor.records.report import Report
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.report.figures.figure import Figure
from lrdoctor.report.figures.mark import Mark
from lrdoctor.report.html.page import page
from lrdoctor.report.html.run_section import numbered
from lrdoctor.report.wording.reasons import Reason
from tests.report import examples as ex


def none(_drawn: Diagnosis | SweepDiagnosis, _prefix: str, _marks: Sequence[Mark] = ()) -> tuple[Figure, ...]:
    return ()


def test_the_card_says_what_to_do() -> None:
    (run,) = page(Report((ex.too_slow(),)), none, none).sections
    assert (run.words, run.percent, run.advice.order) == ("too slow", "91 %", "Use LR 1e-4 next")
    assert (run.sure, run.open_badge) == ("very likely", False)
    assert run.good == "good LRs probably 6.3e-5 to 2e-3"
    assert run.scale == ("this run's 1e-5 × 10, then toward 3.2e-4",)
    assert run.copy[0] == ("this log's setting", "lr: 0.0001")
    assert run.advice.detail == "this run's 1e-5 × 10, then toward 3.2e-4; good LRs probably 6.3e-5 to 2e-3"
    assert run.reasons[0].text.startswith("The loss falls in a straight line")


def test_the_bar_is_full(example: Diagnosis) -> None:
    (run,) = page(Report((example,)), none, none).sections
    widths = [share.width for share in run.shares]
    assert sum(widths) == 0 or abs(sum(widths) - 100) < 0.05
    assert min(widths) >= 0


def test_evidence_has_one_odds_factor_a_verdict() -> None:
    (run,) = page(Report((ex.too_slow(),)), none, none).sections
    first, *rest = run.evidence
    assert [(o.text, o.way, o.strong) for o in first.odds] == [
        ("× 6.2", "up", True),
        ("÷ 3.2", "down", True),
        ("÷ 5", "down", True),
        ("÷ 2", "down", True),
    ]
    assert first.shift == "+0.71"
    assert len(rest) == 2, "what moves nothing is not on the page"


def test_a_finding_row_has_value_limit_unit_and_steps() -> None:
    (run,) = page(Report((ex.too_high(),)), none, none).sections
    row = run.findings[1]
    assert (row.code, row.name, row.severity) == ("LR301", "loss-spike", "warning")
    assert (row.value, row.limit, row.unit, row.steps) == ("21", "6", "times the noise", "iter 700 to 704")


def test_what_was_read_names_files_parts_and_notes() -> None:
    (run,) = page(Report((ex.well_tuned(),)), none, none).sections
    facts = dict(run.reading.facts)
    assert facts["files"] == "events.out.tfevents.1700000000..."
    assert facts["learning rate"] == "3e-4, from series learning_rate (peak)"
    assert ("validation loss", "eval_loss", "") in run.reading.parts
    assert run.reading.notes == (
        ("restart", "a second attempt began at step 8000; the older points were dropped (step 8000)"),
    )
    assert {s.tag: s.part for s in run.reading.series}["loss"] == "training loss"


def test_anchors_are_unique_where_names_repeat(hundreds: Report) -> None:
    made = page(hundreds, none, none)
    anchors = [section.anchor for section in made.sections]
    assert len(set(anchors)) == 300
    assert made.index is not None
    assert {row.anchor for group in made.index.groups for row in group.rows} == set(anchors)


def test_the_summary_counts(examples: Mapping[str, Diagnosis]) -> None:
    made = page(Report(tuple(examples.values()), ex.UNREADABLE), none, none)
    assert made.title == "8 runs"
    assert made.summary.endswith("2 inconclusive")
    assert len(made.unreadable) == 2
    named = Report(tuple(examples.values()), provenance=Provenance(title="runs"))
    assert page(named, none, none).title == "runs"
    assert page(Report((ex.too_slow(),)), none, none).title == "adam_lr1e-5"


def test_the_runs_are_let_through_one_by_one(hundreds: Report) -> None:
    passed: list[Diagnosis] = []

    def watch(runs: Sequence[Diagnosis]) -> Iterator[Diagnosis]:
        for run in runs:
            passed.append(run)
            yield run

    assert len(page(hundreds, none, none, watch).sections) == 300
    assert [d.run.name for d in passed] == [d.run.name for d in hundreds.diagnoses]


def test_the_strongest_evidence_alone_is_on_the_page() -> None:
    many = dataclasses.replace(ex.too_slow(), evidence=[*ex.too_slow().evidence] * 5)
    (run,) = page(Report((many,)), none, none).sections
    assert len(run.evidence) == 8


def test_of_very_many_runs_the_most_urgent_are_drawn(hundreds: Report) -> None:
    drawn: list[str] = []

    def draw(d: Diagnosis, prefix: str, _marks: Sequence[Mark]) -> tuple[Figure, ...]:
        drawn.append(prefix)
        return none(d, prefix)

    broken = Report((*hundreds.diagnoses, ex.divergent()))
    made = page(broken, draw, none)
    assert len(drawn) == 100
    assert "run301-" in drawn, "what broke is drawn, though it comes last"
    assert [section.drawn for section in made.sections].count(True) == 100
    assert made.sections[200].reading.hparams == ()
    assert all(row.part for row in made.sections[200].reading.series)


def test_what_broke_comes_first_and_filters_count(examples: Mapping[str, Diagnosis]) -> None:
    made = page(Report(tuple(examples.values())), none, none)
    assert made.index is not None
    verdicts = [row.verdict for group in made.index.groups for row in group.rows]
    order = ["divergent", "too-high", "too-slow", "inconclusive", "well-tuned"]
    assert verdicts == sorted(verdicts, key=order.index)
    assert {f.verdict: f.count for f in made.index.filters} == Counter(verdicts)


def test_a_run_that_broke_has_a_timeline_and_its_cause() -> None:
    calm, off, lost = (Moment(float(s), v, 0.1, None, None) for s, v in ((700, 0.5), (704, 3.0), (720, math.nan)))
    onset = Onset(calm, off, lost, Cause.LEARNING_RATE, "the loss grew")
    (run,) = page(Report((dataclasses.replace(ex.divergent(), onset=onset),)), none, none).sections
    assert [(row.what, row.step, row.loss) for row in run.timeline] == [
        ("last calm step", "700", "0.5"),
        ("first step off its trend", "704", "3"),
        ("first that is not finite", "720", "NaN"),
    ]
    assert run.cause == "Probably the learning rate: the loss grew."
    assert run.percent == ""


def test_reasons_that_have_a_place_are_numbered() -> None:
    marks, rows = numbered([Reason("a", steps=(0.0, 9.0)), Reason("b"), Reason("c", steps=(5.0, 5.0))])
    assert [(mark.number, mark.steps) for mark in marks] == [(1, (0.0, 9.0)), (2, (5.0, 5.0))]
    assert [row.number for row in rows] == [1, None, 2]


def test_the_findings_on_the_page_are_explained_and_no_others() -> None:
    found = (Finding("LR101", "diverged-non-finite", Severity.FAULT, "m"), Finding("X9", "made-up", Severity.INFO, "m"))
    made = page(Report((dataclasses.replace(ex.divergent(), findings=found),)), none, none)
    assert [entry.code for entry in made.glossary] == ["LR101"]
    assert {heading for heading, _ in made.glossary[0].paragraphs} >= {"What it says", "What it is not"}


def test_the_gate_is_told() -> None:
    gate = Gate("divergent", (Failure(Subject.RUN, 0, ("divergent",), "a: divergent"),))
    assert page(Report((ex.divergent(),), gate=gate), none, none).gate == ("divergent", ("a: divergent",))
    assert page(Report((ex.divergent(),)), none, none).gate is None
