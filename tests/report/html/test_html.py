"""The HTML file: self-contained, escaped, well-formed, small."""

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report
from lrdoctor.report import render
from lrdoctor.report.figures import run
from lrdoctor.report.figures.figure import Figure
from lrdoctor.report.html import html
from tests.report import examples as ex

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Structure(HTMLParser):
    """Elements, attributes and text; fails on a tag that is closed in the wrong place."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.fixture(scope="module")
def whole() -> str:
    return render(Report(tuple(make() for make in ex.EXAMPLES.values()), ex.UNREADABLE), "html")


def test_it_is_well_formed(whole: str) -> None:
    structure = Structure(whole)
    assert structure.tags["h1"] == 1
    assert structure.tags["article"] == len(ex.EXAMPLES)


def test_nothing_a_log_names_becomes_markup(whole: str) -> None:
    structure = Structure(whole)
    assert structure.tags["script"] == 1, "our own, which the page's policy names by its hash"
    assert not any(name.startswith("on") for name, _ in structure.attributes)
    assert ex.HOSTILE in structure.words
    assert "alert(1)" in whole


def test_it_asks_the_network_for_nothing(whole: str) -> None:
    structure = Structure(whole)
    assert not structure.tags.keys() & {"link", "img", "iframe", "object", "embed", "base", "form"}
    for name, value in structure.attributes:
        if name in {"href", "src", "xlink:href", "action", "poster", "srcset"}:
            # A reader may go to a paper; the page itself asks for nothing.
            assert (value or "").startswith(("#", "https://arxiv.org/abs/"))
    assert re.search(
        r"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-", whole
    )
    assert not re.search(r"@import|url\((?!#)", whole)


def test_ids_are_unique_and_every_link_has_its_goal(whole: str) -> None:
    attributes = Structure(whole).attributes
    ids = [value for name, value in attributes if name == "id"]
    assert len(set(ids)) == len(ids)
    goals = {value for name, value in attributes if name == "href" and value not in {"#", None}}
    assert {goal.removeprefix("#") for goal in goals if goal and goal.startswith("#")} <= set(ids)
    labelled = {value for name, value in attributes if name == "aria-labelledby"}
    assert labelled <= set(ids)


def test_figures_and_tables_can_be_read_without_seeing(whole: str) -> None:
    pictures = re.findall(r"<svg [^>]*>", whole)
    assert all('role="img" aria-label="' in one or 'aria-hidden="true"' in one for one in pictures)
    assert whole.count("<th ") == len(re.findall(r'<th scope="(?:col|row|rowgroup)"', whole))


def test_the_answer_stands_before_everything_else() -> None:
    text = render(ex.too_slow(), "html")
    assert text.index("1e-4</strong>") < text.index("<svg viewBox")
    assert "<table" not in text[: text.index("1e-4</strong>")]


def test_many_runs_begin_with_a_table_that_links_to_each(whole: str) -> None:
    table = whole[whole.index("<table") : whole.index("</table>")]
    linked = re.findall(r'href="#(run\d+)"', table)
    assert sorted(linked) == [f"run{i + 1}" for i in range(len(ex.EXAMPLES))]
    # What broke comes first.
    verdicts = re.findall(r'class="badge v-([\w-]+)"', table)
    order = ["divergent", "too-high", "too-slow", "inconclusive", "well-tuned"]
    assert verdicts == sorted(verdicts, key=order.index)


def test_one_run_stays_small(example: Diagnosis) -> None:
    assert len(render(example, "html").encode()) < 90_000


def test_an_added_run_costs_less_than_a_page(whole: str) -> None:
    alone = len(render(ex.too_slow(), "html").encode())
    assert (len(whole.encode()) - alone) / (len(ex.EXAMPLES) - 1) < 30_000


def test_a_figure_that_cannot_be_drawn_says_so_and_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_diagnosis: Diagnosis, _prefix: str, _marks: object) -> tuple[Figure, ...]:
        raise ZeroDivisionError("no <room>")

    monkeypatch.setattr(run, "figures", broken)
    text = html.render(Report((ex.too_slow(),)))
    assert "internal error (ZeroDivisionError: no &lt;room&gt;)" in text
    assert "1e-4</strong>" in text


def test_paper_hides_only_what_can_be_clicked() -> None:
    # A class of this name on a table's cell once went missing in print.
    style = (Path(html.__file__).parent / "style.css").read_text(encoding="utf-8")
    assert re.findall(r"\n *([^\n{}]+) \{ display: none", style[style.index("@media print") :]) == [
        ".skip, button, #tools"
    ]


def test_the_script_is_short_and_asks_for_nothing() -> None:
    script = (Path(html.__file__).parent / "script.js").read_text(encoding="utf-8")
    assert len(script.splitlines()) <= 300
    assert not re.search(r"fetch\(|XMLHttp|import\(|eval\(|innerHTML|https?://(?!www\.w3\.org)", script)
