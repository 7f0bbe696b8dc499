"""The page as data."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.report.figures.figure import Figure
from lrdoctor.report.html.page import page
from tests.report import examples as ex


def none(_drawn: Diagnosis | SweepDiagnosis, _prefix: str) -> tuple[Figure, ...]:
    return ()


def test_the_card_says_what_to_do() -> None:
    (run,) = page(Report((ex.too_slow(),)), none, none).sections
    assert (run.words, run.percent, run.advice.order) == ("too slow", "91 %", "Use LR 1e-4 next")
    assert run.advice.detail == "this run's 1e-5 × 10, then toward 3.2e-4; 80 % interval 6.3e-5 to 2e-3"
    assert run.reason.startswith("The loss falls in a straight line")


def test_the_bar_is_full(example: Diagnosis) -> None:
    (run,) = page(Report((example,)), none, none).sections
    widths = [share.width for share in run.shares]
    assert sum(widths) == 0 or abs(sum(widths) - 100) < 0.05
    assert min(widths) >= 0


def test_evidence_has_one_odds_factor_a_verdict() -> None:
    (run,) = page(Report((ex.too_slow(),)), none, none).sections
    first, (last,) = run.evidence[0], run.weaker
    assert [(o.text, o.way, o.strong) for o in first.odds] == [
        ("× 6.2", "up", True),
        ("÷ 3.2", "down", True),
        ("÷ 5", "down", True),
        ("÷ 2", "down", True),
    ]
    assert first.shift == "+0.71"
    assert {o.text for o in last.odds} == {"·"}


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
    assert {row.anchor for row in made.rows} == set(anchors)


def test_the_summary_counts(examples: Mapping[str, Diagnosis]) -> None:
    made = page(Report(tuple(examples.values()), ex.UNREADABLE), none, none)
    assert made.title == "8 runs"
    assert made.summary.endswith("2 inconclusive; 2 paths could not be analysed")
    assert page(Report((ex.too_slow(),)), none, none).title == "adam_lr1e-5"


def test_the_runs_are_let_through_one_by_one(hundreds: Report) -> None:
    passed: list[Diagnosis] = []

    def watch(runs: Sequence[Diagnosis]) -> Iterator[Diagnosis]:
        for run in runs:
            passed.append(run)
            yield run

    assert len(page(hundreds, none, none, watch).sections) == 300
    assert [d.run.name for d in passed] == [d.run.name for d in hundreds.diagnoses]


def test_weak_evidence_is_folded_away_and_none_is_lost() -> None:
    many = dataclasses.replace(ex.too_slow(), evidence=[*ex.too_slow().evidence] * 5)
    (run,) = page(Report((many,)), none, none).sections
    assert (len(run.evidence), len(run.weaker)) == (8, 12)
