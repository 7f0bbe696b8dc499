"""A sweep's part of the page and its figures."""

import re
from collections.abc import Mapping

import pytest

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report
from lrdoctor.records.sweep import SweepDiagnosis
from lrdoctor.report import render
from lrdoctor.report.figures import sweep as sweep_figure
from lrdoctor.report.html import html
from lrdoctor.report.html.page import page
from tests.report import examples as ex
from tests.report import sweep_examples as sx
from tests.report.html.test_page import none


@pytest.fixture
def usual(examples: Mapping[str, Diagnosis]) -> SweepDiagnosis:
    return sx.usual(examples["too-slow"], examples["well-tuned"], examples["too-high"])


def test_the_runs_of_a_sweep_are_listed_with_it_and_the_others_apart(
    examples: Mapping[str, Diagnosis], usual: SweepDiagnosis
) -> None:
    everything = tuple(examples.values())
    made = page(Report(everything, (), (usual,)), none, none)
    (sweep,) = made.sweeps
    assert [row.name for row in sweep.rows] == ["adam_lr1e-5", "cosine/3e-4", "sgd_lr3"]
    assert [row.best for row in sweep.rows] == [False, True, False]
    assert [row.chosen for row in sweep.rows] == [False, True, False]
    assert made.index is not None
    (group,) = (one for one in made.index.groups if one.head is not None)
    assert [row.name for row in group.rows] == ["adam_lr1e-5", "cosine/3e-4", "sgd_lr3"]
    assert not any(row.next for row in group.rows), "the sweep alone says what is next"
    assert len(made.index.groups) == 1 + len(everything) - 3
    assert len(made.sections) == len(everything)
    assert made.summary.startswith("1 sweep of 3 runs; ")
    of_it = [section for section in made.sections if section.sweep]
    assert [s.sweep for s in of_it] == [("sweep1", "Adam, batch size 64: 3 runs, LR 1e-5 to 3", "Use LR 3e-4")] * 3
    assert [s.words for s in of_it] == ["below the good LRs", "among the good LRs", "above the good LRs"]
    assert made.sections[:3] == tuple(of_it)
    assert not any(s.advice.order or s.worth or s.remedies or s.reasons for s in of_it)
    anchors = {section.anchor for section in made.sections}
    assert {row.anchor for row in sweep.rows} < anchors


def test_a_sweep_alone_is_the_first_thing_said(usual: SweepDiagnosis) -> None:
    text = render(usual, "html")
    assert 'id="index"' not in text, "its runs stand in its own table"
    assert (
        text.index("<h1")
        < text.index("Use LR <strong>3e-4</strong>")
        < text.index("<svg viewBox")
        < text.index("<table")
    )


def test_among_others_it_is_a_group_of_the_table(examples: Mapping[str, Diagnosis], usual: SweepDiagnosis) -> None:
    text = render(Report(tuple(examples.values()), (), (usual,)), "html")
    table = text[text.index('id="index"') : text.index("</table>")]
    assert table.count('class="group"') == 1
    assert table.count('class="member"') == 3
    assert "Use LR <strong>3e-4</strong>" in table


def test_both_figures_are_drawn_and_named(usual: SweepDiagnosis) -> None:
    worth, curves = sweep_figure.figures(usual, "x-")
    for figure in (worth, curves):
        assert figure.svg.startswith("<svg")
        assert figure.svg.count("<svg") == figure.svg.count("</svg>") == 1
    label = re.search(r'aria-label="([^"]*)"', worth.svg)
    assert label is not None
    assert label[1].startswith(
        "validation loss of 3 runs by learning rate; The best LR lies among the LRs that were run"
    )
    assert [key.text for key in curves.keys] == [
        "LR 1e-5 (adam_lr1e-5)",
        "LR 3e-4 (cosine/3e-4)",
        "LR 3 (sgd_lr3)",
    ]
    assert [key.swatch for key in curves.keys] == ["lr0", "lr3", "lr6"]


def test_nothing_is_drawn_of_runs_that_were_not_placed(examples: Mapping[str, Diagnosis]) -> None:
    assert sweep_figure.figures(sx.unplaced(examples["no-lr"], examples["nothing-read"]), "x-") == ()


def test_a_hostile_sweep_is_escaped(examples: Mapping[str, Diagnosis]) -> None:
    sweep = sx.beyond(examples["too-slow"], examples["hostile"])
    text = html.render(Report(tuple(sweep.diagnoses), (), (sweep,)))
    assert ex.HOSTILE not in text
    assert "/home/ada" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_many_runs_share_the_colours(usual: SweepDiagnosis) -> None:
    shades = [sweep_figure.shade(rank, 25) for rank in range(25)]
    assert shades[0] == "lr0"
    assert shades[-1] == "lr6"
    assert sweep_figure.shade(0, 1) == "lr0"
