"""What users read is in words that a stranger knows: help, lists, explanations, every format."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lrdoctor.cli import main  # noqa: F401 - it registers the commands
from lrdoctor.cli.app import app
from lrdoctor.findings import FINDINGS
from lrdoctor.measurement.signs import BY_NAME
from lrdoctor.report import render
from lrdoctor.report.explanation import explained
from tests.report import replay_examples as rx

JARGON = re.compile(
    r"\bsigns?\b(?! looks turned)|\bdescent\b|e-fold|\barms?\b|band's middle|(of|in) no sweep|robust level|log-spaced"
    r"|\b(in|above|below) the band\b|the band's|\bcustoms?\b(?! metric)",
    re.IGNORECASE,
)
# Of a loss that is turned around, and of steepest descent as a method.
SIGN_OF_A_NUMBER = re.compile(r"wrong.sign|turned.sign|its sign|the sign|a sign\b|sign of|signum", re.IGNORECASE)


NAMES_OF_FINDINGS = re.compile(r"shallow-descent|lr-(below|above)-custom")


def jargon(text: str) -> list[str]:
    return [
        line for line in text.splitlines() if JARGON.search(SIGN_OF_A_NUMBER.sub("", NAMES_OF_FINDINGS.sub("", line)))
    ]


@pytest.mark.parametrize("command", [[], ["diagnose"], ["sweep"], ["replay"], ["inspect"], ["explain"]])
def test_the_help_is_plain(command: list[str]) -> None:
    assert jargon(CliRunner().invoke(app, [*command, "--help"]).output) == []


@pytest.mark.parametrize("rule", FINDINGS, ids=lambda rule: rule.code)
def test_explanations_are_plain(rule: object) -> None:
    assert jargon(explained(rule.code)) == []  # type: ignore[attr-defined]


def test_labels_are_plain() -> None:
    assert [label for one in BY_NAME.values() for label in jargon(one.label)] == []


GOLDEN = sorted(
    path
    for path in (Path(__file__).parents[2] / "golden").iterdir()
    if path.suffix in {".txt", ".md", ".html", ".xml", ".sarif"}
)


def test_there_are_golden_files() -> None:
    assert {path.suffix for path in GOLDEN} >= {".txt", ".md", ".html"}


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_golden_files_are_plain(path: Path) -> None:
    page = re.sub(r"<(style|script)\b.*?</\1>", "", path.read_text(), flags=re.DOTALL)
    shown = re.sub(r"<[^>]*>", " ", page) if path.suffix == ".html" else page
    assert jargon(shown) == []


@pytest.mark.parametrize("name", ["text", "md"])
def test_replays_are_plain(name: str) -> None:
    for make in rx.REPLAYS.values():
        assert jargon(render(make(), name)) == []


@pytest.mark.parametrize("sample", ["too-slow", "too-high", "diverged-to-nan", "sweep", "lr-decayed", "well-tuned"])
def test_real_reports_are_plain(sample: str) -> None:
    from lrdoctor.batch import Choice, judge

    report = judge([str(Path(__file__).parents[3] / "sample_logs" / sample)], Choice())
    for name in ("text", "md"):
        assert jargon(render(report, name)) == []
    page = re.sub(r"<(style|script)>.*?</\1>", "", render(report, "html"), flags=re.DOTALL)
    shown = re.sub(r"<[^>]*>", " ", re.sub(r"<dl class=\"facts.*?</dl>", "", page, flags=re.DOTALL))
    assert jargon(shown) == []
