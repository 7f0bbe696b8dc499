"""Every format, word for word; see tests/golden/README.md."""

import json
import re
from collections.abc import Callable, Mapping, Sequence

import pytest

import lrdoctor
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.replay import Replay
from lrdoctor.records.report import Report
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.records.unreadable import Unreadable
from lrdoctor.report import inspection, render
from lrdoctor.report.figures.figure import Figure, Key
from lrdoctor.report.figures.mark import Mark
from lrdoctor.report.html import html
from lrdoctor.report.html.page import page
from tests.report import replay_examples as rx

Golden = Callable[[str, str], None]


def without_version(text: str) -> str:
    """The golden files outlive a release."""
    return text.replace(lrdoctor.__version__, "VERSION")


def without_style(text: str) -> str:
    """What changes with every touch of style and script, and says nothing here."""
    text = re.sub(r"<(style|script)>.*?</\1>", r"<\1></\1>", text, flags=re.DOTALL)
    return re.sub(r"'sha256-[^']*'", "'HASH'", text)


def stand_in(diagnosis: Diagnosis, prefix: str, marks: Sequence[Mark]) -> tuple[Figure, ...]:
    """Matplotlib's own drawing differs between its versions."""
    return (
        Figure(
            "loss",
            "Loss",
            f'<svg id="{prefix}l"></svg>',
            (Key("raw", f"the loss of {diagnosis.run.name}"), *(Key("raw", f"mark {m.number}") for m in marks)),
        ),
    )


def no_figures(_sweep: SweepDiagnosis, _prefix: str) -> tuple[Figure, ...]:
    return ()


def no_replay_figures(_replay: Replay, prefix: str) -> tuple[Figure, ...]:
    return (
        Figure("belief", "What each learning rate was worth", f'<svg id="{prefix}a"></svg>', (Key("raw", "reruns"),)),
    )


def test_text(full: Report, golden: Golden) -> None:
    golden("report.txt", without_version(render(full, "text")))


def test_json(full: Report, golden: Golden) -> None:
    text = render(full, "json")
    # The belief's arrays are long and are tested by their values.
    golden(
        "report.json",
        without_version(re.sub(r'("(?:decades|in_band|middle|prior_in_band)": \[)[^\]]{40,}', r"\1...", text)),
    )


def test_page(full: Report, golden: Golden) -> None:
    text = html.markup(page(full, stand_in, no_figures))
    golden("page.html", without_version(without_style(text)))


@pytest.mark.parametrize("name", ["md", "junit", "sarif", "github", "gitlab"])
def test_other_formats(full: Report, golden: Golden, name: str) -> None:
    # The rules' pages have tests of their own, and change with every word of theirs.
    text = re.sub(r'"help": \{[^}]*\}', '"help": {}', render(full, name))
    golden(f"report.{name}", without_version(text))


def replayed(examples: Mapping[str, Diagnosis]) -> Report:
    log = examples["too-slow"]
    return Report((log, examples["no-lr"]), (), (), (rx.usual(log), rx.settled(), rx.no_answer(), rx.hostile(log)))


def test_replays_as_text(examples: Mapping[str, Diagnosis], golden: Golden) -> None:
    golden("replay.txt", without_version(render(replayed(examples), "text")))


def test_replays_as_json(examples: Mapping[str, Diagnosis], golden: Golden) -> None:
    text = render(Report((), (), (), (rx.usual(), rx.no_answer())), "json")
    # The arrays are long and are tested by their values.
    golden("replay.json", without_version(re.sub(r'("\w+": \[)[^\]{}]{120,}', r"\1...", text)))


def test_replays_as_a_page(examples: Mapping[str, Diagnosis], golden: Golden) -> None:
    text = html.markup(page(replayed(examples), stand_in, no_figures, draw_replay=no_replay_figures))
    golden("replay.html", without_version(without_style(text)))


def seen(examples: Mapping[str, Diagnosis]) -> list[inspection.Inspected]:
    return [
        inspection.Inspected(d.run, d.roles, d.lr, d.lr_source, "too little" if name == "no-lr" else "")
        for name, d in examples.items()
    ]


def test_inspection_as_text(examples: Mapping[str, Diagnosis], full: Report, golden: Golden) -> None:
    golden("inspect.txt", without_version(inspection.as_text(seen(examples), full.unreadable)))


def test_files_passed_over_are_told_with_the_reason() -> None:
    told = (Unreadable("a/conf.json", "JSON, but no history"), Unreadable("a/x\x1b[31m.bin", "no log by its name"))
    text = inspection.as_text([], [], inspection.Passed(told, 1_234))
    assert text.splitlines() == [
        "1,234 files taken for no log",
        "  - a/conf.json: JSON, but no history",
        "  - a/x\\x1b[31m.bin: no log by its name",
        "  and 1,232 more",
    ]
    passed = json.loads(inspection.as_json([], [], inspection.Passed(told, 1_234)))["passed_over"]
    assert (passed["count"], [one["reason"] for one in passed["files"]]) == (1_234, [one.reason for one in told])


def test_inspection_as_json(examples: Mapping[str, Diagnosis], full: Report, golden: Golden) -> None:
    golden("inspect.json", without_version(inspection.as_json(seen(examples), full.unreadable)))
