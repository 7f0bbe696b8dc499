"""The report for the terminal."""

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report
from lrdoctor.report import text
from tests.report import examples as ex


def test_a_single_run_has_no_table() -> None:
    shown = text.render(Report((ex.too_slow(),)))
    assert shown.startswith("adam_lr1e-5: TOO SLOW 91 %\n  Use LR 1e-4 next")
    assert "1 run" not in shown


def test_several_runs_begin_with_one_line_each(full: Report) -> None:
    lone = Report(full.diagnoses)
    table = text.overview(full.diagnoses).split("\n\n")[1].splitlines()
    assert text.overview(full.diagnoses) in text.render(lone)
    assert len(table) == 1 + len(full.diagnoses)
    assert table[1].split() == ["adam_lr1e-5", "too", "slow", "91", "%", "1e-5", "1e-4", "x", "10"]


def test_three_signs_are_shown_and_every_finding() -> None:
    shown = text.block(ex.too_slow())
    assert shown.count("likely\n") + shown.count("likely,") >= 3
    assert "validation never turned" not in shown
    for finding in ex.too_slow().findings:
        assert f"{finding.code} {finding.name} ({finding.severity.value}): " in shown


def test_a_finding_shows_value_limit_and_steps() -> None:
    flat = " ".join(text.block(ex.too_high()).split())
    assert "[21 times the noise, limit 6; iter 700 to 704]" in flat


def test_lines_fit_a_terminal_but_for_single_long_words(example: Diagnosis) -> None:
    for line in text.block(example).splitlines():
        assert len(line) <= text.WIDTH or len(line.split()) <= 3


def test_hundreds_of_runs_stay_one_line_each_in_the_table(hundreds: Report) -> None:
    shown = text.render(hundreds)
    assert shown.startswith("300 runs: 200 well tuned, 100 inconclusive\n")
    assert len(shown.split("\n\n")[1].splitlines()) == 301
