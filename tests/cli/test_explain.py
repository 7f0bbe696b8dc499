"""`lrdoctor explain`: every finding has a page."""

import re
from pathlib import Path
from types import CodeType

import pytest

from lrdoctor import limits
from lrdoctor.errors import UsageError
from lrdoctor.findings import FINDINGS
from lrdoctor.findings.frequencies import load_rates
from lrdoctor.findings.rule import Rule
from lrdoctor.records.diagnosis import Severity
from lrdoctor.report.explanation import explained, listed
from tests.cli.command_line import run_it

HEADINGS = (
    *("What it says:", "Why it matters:", "What it is not:", "How often:", "Known false alarms:"),
    *("Evidence shown:", "Limits used:", "References:"),
)


@pytest.mark.parametrize("rule", FINDINGS, ids=lambda rule: rule.code)
def test_every_finding_has_a_page_by_code_and_by_name(rule: Rule) -> None:
    code, name = rule.code, rule.name
    page = explained(code)
    assert page == explained(name.upper())
    assert page.startswith(f"{code} {name}")
    assert all(heading in page for heading in HEADINGS)
    assert f"{code}  {name}" in listed()


def test_an_unknown_code_is_a_line_that_says_where_to_look() -> None:
    with pytest.raises(UsageError, match="lrdoctor explain"):
        explained("LR999")


def test_the_command_lists_explains_and_refuses() -> None:
    everything, one, none = run_it("explain"), run_it("explain", "lr101"), run_it("explain", "LR999")
    assert everything.returncode == one.returncode == 0
    assert "LR101  diverged-non-finite" in everything.stdout
    assert "Why it matters" in one.stdout
    assert none.returncode == 2
    assert none.stderr.count("\n") == 1


def test_a_page_says_how_much_the_finding_says() -> None:
    text = " ".join(explained("spikes").split())
    assert re.search(r"How often: [\d.]+ % of those too-slow, [\d.]+ % of those well-tuned", text)
    assert "not in the logs of the" in explained("torn-tail")


def test_no_warning_fires_on_more_than_a_twentieth_of_the_well_tuned_runs() -> None:
    rates = load_rates()
    assert rates.runs > 6000
    for rule in FINDINGS:
        if rule.severity is not Severity.INFO:
            assert rates.by_finding.get(rule.name, {}).get("well-tuned", 0.0) <= 0.05, rule.name


@pytest.mark.parametrize("rule", FINDINGS, ids=lambda rule: rule.code)
def test_a_page_names_the_limits_that_its_test_uses_and_prints_their_values(rule: Rule) -> None:
    assert isinstance(rule.check.__code__, CodeType)
    source = Path(rule.check.__code__.co_filename).read_text(encoding="utf-8")
    used = set(re.findall(r"limits\.([A-Z_]+)", source))
    named = set(re.findall(r"[A-Z][A-Z_]+", rule.explanation.split("Limits used:")[1].split("References:")[0]))
    assert used <= named
    page = explained(rule.code)
    for name in named:
        limit = getattr(limits, name)
        assert f"- {name} = " in page
        assert limit.unit in " ".join(page.split())


def test_no_page_sends_its_reader_to_a_file_that_is_not_there() -> None:
    for rule in FINDINGS:
        assert not re.search(r"[A-Z]+\.md", rule.explanation), rule.name
