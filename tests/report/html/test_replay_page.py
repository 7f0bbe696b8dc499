"""A replay in every format: its part of the page, its figures, its JSON."""

import json
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.records.diagnosis import Belief, Diagnosis
from lrdoctor.records.replay import Arm, Ramp, RangeTest, Replay, Round
from lrdoctor.records.report import Report
from lrdoctor.report import RENDERERS, render
from lrdoctor.report.figures import replay
from lrdoctor.report.figures.colours import COLOURS
from lrdoctor.report.figures.figure import Figure
from lrdoctor.report.html import html
from lrdoctor.report.html.page import page
from tests.report import examples as ex
from tests.report import replay_examples as rx
from tests.report.figures.test_run import colours_in, swatches
from tests.report.html.test_html import Structure
from tests.report.html.test_page import none

FORMATS = [known.name for known in RENDERERS]
TITLES = [
    "What each learning rate was worth",
    "Where the good learning rates lie",
    "The last round: 120 steps with the schedule compressed into them",
    "The range test",
]


def bare(one: Replay) -> Replay:
    """Nothing was run."""
    return replace(one, range_test=None, rounds=(), sweep=None, drift=None, curvature=None)


def drawn(one: Replay) -> dict[str, Figure]:
    return {figure.title: figure for figure in replay.figures(one, "p-")}


@pytest.fixture(params=rx.REPLAYS)
def one(request: pytest.FixtureRequest) -> Replay:
    return rx.REPLAYS[request.param]()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("less", [lambda one: one, bare], ids=["all", "bare"])
def test_every_format_says_what_to_do(name: str, less: Callable[[Replay], Replay], one: Replay) -> None:
    text = render(less(one), name)
    text.encode("utf-8")
    if one.suggested_lr is not None and name not in {"sarif", "github", "gitlab"}:
        assert f"{one.suggested_lr:g}" in text
    elif name in {"text", "html"}:
        assert "No answer" in text
        assert one.reason in text
    assert not set(text) & {"\x1b", "\x07", "\u202e", "\x00", "\r"} or name == "json"


@pytest.mark.parametrize("name", ["text", "json", "html"])
def test_a_replay_alone_is_shown_with_its_log(name: str) -> None:
    log = ex.too_slow()
    one = rx.usual(log)
    assert render(one, name) == render(Report((log,), replays=(one,)), name)
    assert "adam_lr1e-5" in render(one, name)


def test_the_page_is_well_formed_whatever_a_recipe_is_named() -> None:
    text = html.render(Report((ex.hostile(),), replays=tuple(make() for make in rx.REPLAYS.values())))
    structure = Structure(text)
    assert structure.tags["script"] == 1, "our own"
    assert structure.tags["h1"] == 1
    assert structure.tags["article"] == 1 + len(rx.REPLAYS)
    assert ex.HOSTILE in structure.words
    ids = [value for name, value in structure.attributes if name == "id"]
    assert len(set(ids)) == len(ids)
    goals = {value for name, value in structure.attributes if name == "href" and value not in {"#", None}}
    assert {goal.removeprefix("#") for goal in goals if goal and goal.startswith("#")} <= set(ids)
    assert not re.search(r"@import|url\((?!#)", text)


def test_one_replay_gives_the_page_its_name() -> None:
    log, other = ex.too_slow(), ex.too_high()

    def heading(*replays: Replay, runs: tuple[Diagnosis, ...] = ()) -> tuple[str, str, str]:
        made = page(Report(runs, replays=replays), none, none)
        return made.title, made.heading, made.summary

    one = rx.usual(log)
    assert heading(one) == heading(one, runs=(log,)) == ("train.py:recipe", "replay1", "")
    assert heading(one, rx.settled()) == ("2 replays", "", "")
    assert heading(one, runs=(other,)) == ("sgd_lr3", "", "1 replay")
    assert heading(one, runs=(log, other)) == ("2 runs", "", "1 too slow, 1 too high; 1 replay")
    assert heading(runs=(log,)) == ("adam_lr1e-5", "run1", "")


def test_a_log_and_its_replay_name_each_other() -> None:
    log = ex.too_slow()
    made = page(Report((ex.too_high(), log), replays=(rx.usual(log), rx.settled())), none, none)
    assert [section.log for section in made.replays] == ["run2", ""]
    assert [section.replays for section in made.sections] == [(), (("replay1", "train.py:recipe", "Use LR 0.034"),)]
    text = render(Report((log,), replays=(rx.usual(log),)), "text")
    assert "After its replay (train.py:recipe): Use LR 0.034" in text
    assert text.index("replay train.py:recipe") < text.index("adam_lr1e-5: TOO SLOW")


def test_the_answer_stands_before_the_figures() -> None:
    text = render(rx.usual(), "html")
    assert text.index("Use LR <strong>0.034</strong>") < text.index("<svg viewBox") < text.index("<table")
    assert text.count("<svg viewBox") == text.count('role="img" aria-label="') == 4
    assert text.count("<th ") == len(re.findall(r'<th scope="(?:col|row)"', text))
    assert len(text.encode()) < 120_000


def test_the_tables_of_rounds_and_arms() -> None:
    (made,) = page(Report((), replays=(rx.usual(),)), none, none).replays
    assert [cells[0] for cells in made.rounds] == ["15", "40", "120"]
    assert made.last is not None
    assert (made.last.title, made.last.judged, len(made.last.headings)) == ("5 reruns of 120 steps", True, 5)
    assert [row.lr for row in made.last.rows if row.best] == ["0.056"]
    assert [(table.title, table.judged) for table in made.earlier] == [
        ("7 reruns of 15 steps", False),
        ("6 reruns of 40 steps", False),
    ]
    (nothing,) = page(Report((), replays=(bare(rx.usual()),)), none, none).replays
    assert (nothing.rounds, nothing.last, nothing.earlier) == ((), None, ())


def test_every_figure_is_drawn_and_explained() -> None:
    figures = drawn(rx.usual())
    assert list(figures) == TITLES
    arms, belief, curves, ramps = figures.values()
    assert [key.swatch for key in arms.keys][:4] == ["round1", "round2", "round3", "broke"]
    assert [key.text for key in arms.keys][-2:] == ["the recipe's own LR 2e-3", "suggested, LR 0.034"]
    assert [key.text for key in belief.keys][1] == "before them"
    assert [key.swatch for key in curves.keys] == ["lr0", "lr2", "lr3", "lr4", "lr6"]
    assert {"raw", "smooth", "broke-bad", "falls", "bad", "interval"} == swatches(ramps)
    assert "the recipe's own LR 0.032, kept" in [key.text for key in drawn(rx.settled())[TITLES[1]].keys]


def test_the_last_round_is_the_strongest() -> None:
    assert [replay.round_shade(k, 3) for k in range(3)] == ["round1", "round2", "round3"]
    assert replay.round_shade(0, 1) == "round3"
    many = [replay.round_shade(k, 9) for k in range(9)]
    assert (many[0], many[-1]) == ("round0", "round3")
    assert many == sorted(many)


def test_what_there_is_not_is_not_drawn() -> None:
    assert list(drawn(bare(rx.usual()))) == [TITLES[1]]
    nowhere = Belief(np.linspace(-4, 4, 9), *(np.full(9, np.nan) for _ in range(3)))
    assert drawn(replace(bare(rx.usual()), belief=nowhere)) == {}
    # Every arm of the last round broke at its second step: there is no curve.
    assert list(drawn(rx.no_answer())) == [TITLES[0], TITLES[3]]
    # What a sweep's belief has no prior of is drawn without.
    half = replace(rx.usual().belief, prior_in_band=np.full(201, np.nan))
    assert "prior" not in swatches(drawn(replace(rx.usual(), belief=half))[TITLES[1]])


def test_a_figure_is_named_small_and_in_the_house_colours(one: Replay) -> None:
    for figure in drawn(one).values():
        root = ET.fromstring(figure.svg)  # noqa: S314 - our own output
        assert root.get("aria-label")
        assert len(figure.svg) < 60_000
        assert colours_in(figure.svg) <= set(COLOURS.values())


hard = st.floats(width=64) | st.sampled_from([0.0, 1e300, -1e300, 5e-324, math.nan, math.inf, 2.3])
rates = st.floats(1e-12, 1e6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(rates, hard, st.lists(hard, max_size=8)), min_size=1, max_size=6), hard, rates, rates)
def test_whatever_was_measured_can_be_drawn_and_told(
    runs: list[tuple[float, float, list[float]]], untrained: float, suggested: float, falls: float
) -> None:
    arms = tuple(Arm(lr, np.array(loss, dtype=float), cost) for lr, cost, loss in sorted(runs, key=lambda run: run[0]))
    ramps = tuple(Ramp(np.full(len(a.loss), a.lr), a.loss, i, falls) for i, a in enumerate(arms) if len(a.loss))
    level = np.array([a.cost for a in arms])
    test = RangeTest(ramps, np.log10([a.lr for a in arms]), level, level, falls, suggested, (falls, falls * 2))
    rounds = (Round(3, arms, untrained, None), Round(8, arms[::2], untrained, suggested))
    one = replace(rx.usual(), range_test=test, rounds=rounds, suggested_lr=suggested, band=(falls, falls * 3))
    for figure in drawn(one).values():
        ET.fromstring(figure.svg)  # noqa: S314
        assert "nan" not in re.sub(r"aria-label=\"[^\"]*\"", "", figure.svg).lower().replace("nan (", "")
    for name in ("text", "json"):
        assert render(one, name)


def forbid(word: str) -> None:
    raise AssertionError(f"bare {word} is not JSON")


def parsed(*replays: Replay, runs: tuple[Diagnosis, ...] = ()) -> Any:
    return json.loads(render(Report(runs, replays=replays), "json"), parse_constant=forbid)


def test_json_holds_everything_that_was_measured() -> None:
    log = ex.too_slow()
    usual = rx.usual(log)
    (data,) = parsed(usual, runs=(ex.too_high(), log))["replays"]
    assert data["log"] == 1
    assert data["factor"] == pytest.approx(17)
    assert data["probabilities"] == pytest.approx({"too-slow": 0.962, "well-tuned": 0.037, "too-high": 0.001})
    assert [len(ramp["loss"]) for ramp in data["range_test"]["ramps"]] == [93, 129, 113]
    assert data["range_test"]["ramps"][0]["loss"][-1] == "nan"
    assert data["range_test"]["ramps"][2]["broke"] is None
    assert {len(values) for values in data["range_test"]["bins"].values()} == {len(rx.range_test().log_lr)}
    assert [round_["horizon"] for round_ in data["rounds"]] == [15, 40, 120]
    assert data["rounds"][0]["arms"][-1]["cost"] == "inf"
    assert data["rounds"][0]["arms"][-1]["broke"]
    assert [len(arm["loss"]) for arm in data["rounds"][2]["arms"]] == [120] * 5
    assert data["last_round"]["curve"][3]["inside"] == 0.9
    assert data["drift"] == {"slope": -0.1, "error": 0.06, "shift": -0.18, "measured": -0.14}
    assert (data["curvature"]["limit"], data["curvature"]["preconditioned"]) == (0.092, False)
    assert data["cost"]["total"] == 1506.7
    assert {len(values) for values in data["belief"].values()} == {201}


def test_json_of_a_replay_without_an_answer_is_valid() -> None:
    (data,) = parsed(rx.no_answer())["replays"]
    assert (data["suggested_lr"], data["factor"], data["interval"], data["log"]) == (None, None, None, None)
    assert data["rounds"][0]["untrained"] == "nan"
    assert (data["last_round"], data["drift"]["error"]) == (None, "inf")
    (nothing,) = parsed(bare(rx.usual()))["replays"]
    assert (nothing["range_test"], nothing["rounds"], nothing["curvature"]) == (None, [], None)
    assert parsed(runs=(ex.too_slow(),))["replays"] == []
