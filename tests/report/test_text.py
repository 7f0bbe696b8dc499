"""The report for the terminal."""

import re
from dataclasses import replace

import pytest

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report
from lrdoctor.report import inspection, text
from lrdoctor.report.renderer import Options
from tests.report import examples as ex


def test_a_single_run_has_no_table() -> None:
    shown = text.render(Report((ex.too_slow(),)))
    assert shown.startswith("adam_lr1e-5: TOO SLOW, very likely, 91 %\n  Use LR 1e-4 next")
    assert "1 run" not in shown


def test_several_runs_begin_with_one_line_each(full: Report) -> None:
    lone = Report(full.diagnoses)
    table = text.overview(full.diagnoses).split("\n\n")[1].splitlines()
    assert text.overview(full.diagnoses) in text.render(lone)
    assert len(table) == 1 + len(full.diagnoses)
    assert table[1].split()[:4] == ["diverged", "divergent", "observed", "0.5"], "what broke comes first"
    slow = next(line for line in table if line.startswith("adam_lr1e-5"))
    assert slow.split()[1:7] == ["too", "slow", "91", "%", "1e-5", "1e-4"]
    assert slow.endswith("still falling when it ended")


@pytest.mark.parametrize("name", ["::stop-commands::x", "##[error]x", "a ##vso[task.complete]x"])
def test_a_run_commands_no_runner_that_prints_it(name: str) -> None:
    d = ex.too_slow()
    called = replace(d, run=replace(d.run, name=name))
    seen = inspection.Inspected(called.run, called.roles, None, "", "")
    for shown in (
        text.render(Report((called,))),
        text.render(Report((called, called))),
        inspection.as_text([seen], []),
    ):
        assert name[:2] in shown.replace(": :", "::").replace("# #", "##")
        assert not re.search(r"(?m)^\s*::|##\w*\[", shown)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_the_table_fits_the_terminal(full: Report, width: int) -> None:
    lines = text.overview(full.diagnoses, width=width).splitlines()[2:]
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize("width", [20, 60, 80])
def test_what_is_told_in_full_fits_the_terminal(full: Report, width: int) -> None:
    shown = text.render(full, Options(width=width, verbose=True))
    prose = [line for line in shown.splitlines() if re.match(r"  (- |Use|Also:|P  |What)|    - ", line)]
    assert len(prose) > 20
    # A word that is longer than the line, such as a path, is never broken.
    assert all(len(line) <= width or " " not in line.removeprefix("    - ").strip() for line in prose)


def test_a_wide_terminal_has_no_longer_lines(full: Report) -> None:
    wide, usual = (text.render(Report(full.diagnoses[:1]), Options(width=width)) for width in (200, 96))
    assert wide == usual


def test_runs_beside_a_sweep_are_the_others(full: Report) -> None:
    shown = text.render(full)
    assert re.search(r"(?m)^\d+ other runs: ", shown)
    assert "no sweep" not in shown


def test_more_than_three_runs_are_told_in_full_only_on_demand(full: Report) -> None:
    brief = text.render(full, Options(verbose=False))
    assert "LR201" not in brief
    assert "-v shows each run in full" in brief
    assert "LR201" in text.render(full, Options(verbose=True))
    assert "LR201" in text.render(Report(full.diagnoses[:3]), Options(verbose=False))


def test_a_terminal_without_colours_gets_the_plain_words(full: Report) -> None:
    assert text.render(full, Options(width=96)) == text.render(full)
    shown = text.render(full, Options(width=96, colour=True))
    assert "\x1b[1;34mTOO SLOW\x1b[0m" in shown
    assert re.sub(r"\x1b\[[\d;]*m", "", shown) == text.render(full)


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
