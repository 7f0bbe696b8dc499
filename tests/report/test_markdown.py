"""Markdown: the answer in its first line, bounded, and text wherever a log says something."""

import re
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from lrdoctor import redaction
from lrdoctor.display import clean
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.gate import Failure, Gate, Subject
from lrdoctor.records.provenance import Provenance
from lrdoctor.records.report import Report
from lrdoctor.report import render, renderer
from lrdoctor.report.markdown_text import escaped
from lrdoctor.report.renderer import Options
from tests.report import examples as ex
from tests.report import sweep_examples as sx
from tests.report.test_formats import HOSTILE, gated, named

MADE = Provenance("2026-12-01T10:00:00Z", "lrdoctor diagnose x", "runs")
TAGS = {
    "h2",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "strong",
    "br",
    "details",
    "summary",
    "p",
    "ol",
    "ul",
    "li",
    "sub",
}
TAGS |= {"img"}
DATA = "data:image/svg+xml;base64,"
# What GitHub and GitLab make links, pictures and notifications of.
REFERENCES = re.compile(r"[@#$!~%&^]\w|(?i:www\.\S|\bGH-\d)|:[\w+-]+:|://")
MORE_HOSTILE = [
    "<img src=x onerror=alert(1)//>",
    "</summary></details><img src=x>",
    "&lt;b&gt; &#60;i&#62;",
    "a@b.example www.x.example http://x.example GH-3 owner/repo#4",
    ":rocket: !7 ~bug $8 %9 &10",
    "# heading\n\n---\n- item",
    "[x]: http://a\n[x]",
    "| --- |",
    "***",
]


class Made(HTMLParser):
    """What a page holds: its tags with their attributes, and its text, cut where a comment stands."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(MarkdownIt("commonmark").enable("table").render(text))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def said(self) -> str:
        return " ".join("".join(self.texts).split())


def check(text: str) -> Made:
    """The page that Markdown makes: our own tags, no attribute but a picture's, nothing that becomes a reference."""
    assert len(text.encode()) <= 60_000
    made = Made(text)
    assert {tag for tag, _ in made.tags} <= TAGS
    for tag, attributes in made.tags:
        assert set(attributes) <= ({"src", "alt"} if tag == "img" else set())
        assert (attributes.get("src") or DATA).startswith(DATA)
    assert [found for words in made.texts if (found := REFERENCES.search(words))] == []
    # Markdown fills up and cuts off rows in silence.
    assert {line.count("|") for line in text.splitlines() if line.startswith("|")} <= {7, 5}
    return made


@pytest.mark.parametrize("hostile", [*HOSTILE, *MORE_HOSTILE])
def test_what_a_log_says_is_text_everywhere(hostile: str) -> None:
    d = named(hostile)
    finding = replace(d.findings[0], message=f"why {hostile}")
    d = replace(d, findings=(finding,), lr_source=hostile, run=replace(d.run, step_axis=hostile))
    report = replace(gated(Report((d,))), provenance=Provenance("", hostile, hostile))
    report = replace(
        report, gate=Gate(hostile, (Failure(Subject.RUN, 0, (hostile,), hostile),), (hostile,), (hostile,))
    )
    made = check(render(report, "md"))
    shown = " ".join(clean(redaction.text(hostile)).split())
    assert made.said.count(shown if len(shown) < 100 else shown[:50]) >= 5, "as it was written, and not once only"


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec="utf-8") | st.sampled_from("<>&@#|`*_[]()!~$:\\-=\n a1"), max_size=40))
def test_any_text_stays_what_it_is(text: str) -> None:
    for around in (
        "x{}x",
        "| a |\n|---|\n| {} |",
        "<details><summary>{}</summary>\n\nx</details>",
        "- {}\n",
        "## x {}",
    ):
        made = Made(around.format(escaped(f"x{text}y")))
        assert {tag for tag, _ in made.tags} <= TAGS
        assert " ".join(f"x{clean(text)}y".split()) in made.said
        assert not any(REFERENCES.search(words) for words in made.texts)


def test_common_names_can_be_read_as_they_are() -> None:
    plain = "runs/adam_lr1e-5/events.out.tfevents.17 (step 3, 50 %): C:/a"
    assert escaped(plain) == plain


@pytest.mark.parametrize("word", ["@a ", "é", "\U0001f3c3", "|"])
def test_it_is_bounded_whatever_it_holds(word: str) -> None:
    long = word * 3_000
    runs = tuple(named(f"{i} {long}", ex.too_slow()) for i in range(300))
    failures = tuple(Failure(Subject.RUN, i, (long,), long) for i in range(300))
    gate = Gate(long, failures, (long,) * 20, (long,) * 20, (long,) * 20)
    report = Report(runs, provenance=Provenance("", long, long), gate=gate)
    text = render(report, "md")
    check(text)
    assert re.search(r"^and \d+ more$", text, re.MULTILINE)
    assert "and 290 more" in text or word != "é"
    assert text.count("\n| ") > 10


def test_a_thousand_runs_are_counted_to_the_last() -> None:
    report = Report(tuple(named(f"run {i:04d}", ex.too_slow()) for i in range(1_000)))
    text = render(report, "md")
    check(text)
    (left,) = re.findall(r"^and ([\d,]+) more$", text, re.MULTILINE)
    assert text.count("| 🟠 |") + int(left.replace(",", "")) == 1_000


FIRST_LINES = [
    (Report((ex.too_slow(),)), "## adam_lr1e-5: too slow, very likely (91 %); Use LR 1e-4 next"),
    (Report((ex.divergent(),)), "## diverged: divergent; Use LR 0.05 next"),
    (Report((ex.no_lr(),)), "## three points: inconclusive; Not enough evidence to change the LR"),
    (Report((ex.no_lr(), ex.divergent()), ex.UNREADABLE), "## Learning rates: 1 divergent, 1 inconclusive, 2 not read"),
    (Report((), ex.UNREADABLE[:1]), "## logs/pointer.tfevents: not read"),
    (Report((ex.too_slow(), ex.too_slow()), provenance=MADE), "## runs: 2 too slow"),
    (Report(), "## Learning rates: nothing was read"),
]


@pytest.mark.parametrize(("report", "first"), FIRST_LINES)
def test_the_first_line_is_the_answer(report: Report, first: str) -> None:
    assert render(report, "md").splitlines()[0] == first


def test_it_tells_why_which_file_and_how_it_was_made() -> None:
    said = check(render(Report((ex.too_slow(),), provenance=MADE), "md")).said
    for words in ("still falling when it ended", "logs/adam_lr1e-5", "lrdoctor diagnose x", "2026-12-01 10:00:00 UTC"):
        assert words in said


GATES: list[tuple[Sequence[Failure], str]] = [
    ((), "Passes divergent; no pass: 1 inconclusive, 1 not read Warning: mend c"),
    ((Failure(Subject.RUN, 1, ("x",), "p"),), "Fails divergent; no pass: 1 inconclusive, 1 not read p Warning: mend c"),
]


@pytest.mark.parametrize(("failures", "words"), GATES)
def test_a_gate_says_what_failed_and_what_was_left_aside(failures: Sequence[Failure], words: str) -> None:
    gate = Gate("divergent", failures, ("a: ignored",), ("b: as in the baseline",), ("mend c",))
    said = check(render(Report((ex.well_tuned(), ex.no_lr()), ex.UNREADABLE[:1], gate=gate), "md")).said
    assert words in said
    for more in ("Ignored: a: ignored", "b: as in the baseline", "Warning: mend c"):
        assert more in said


def test_a_sweep_shows_its_runs_by_lr() -> None:
    sweep = sx.usual(ex.too_slow(), ex.well_tuned(), ex.too_high())
    said = check(render(sweep, "md")).said
    assert "1e-5 adam_lr1e-5 1.42 below the good LRs (98 %)" in said
    assert said.index("1e-5 adam_lr1e-5") < said.index("3e-4 cosine/3e-4") < said.index("3 sgd_lr3")
    assert "Use LR 3e-4" in render(sweep, "md").splitlines()[0]


def test_a_picture_is_whole_or_not_there() -> None:
    def pictures(runs: Sequence[Diagnosis], title: str) -> int:
        report = Report(tuple(runs), provenance=Provenance("", title, title), gate=Gate("x", ignored=(title,) * 10))
        text = renderer("md").render(report, Options(pictures=True))
        return [tag for tag, _ in check(text).tags].count("img")

    assert pictures([named("<script>")], "") == 1
    assert pictures([ex.too_slow(), ex.too_high()], "") == 0
