"""The figures: what is drawn, and that nothing a log holds stops them."""

import dataclasses
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Run, Series
from lrdoctor.report.figures import run as plots
from lrdoctor.report.figures.colours import COLOURS, DARK, dark_rules
from lrdoctor.report.figures.figure import Figure
from lrdoctor.report.figures.mark import Mark
from tests.report import examples as ex


def colours_in(svg: str) -> set[str]:
    """Colours that a figure's elements are drawn in."""
    return set(re.findall(r"#[0-9a-f]{6}", svg))


def drawn(diagnosis: Diagnosis) -> dict[str, Figure]:
    return {figure.kind: figure for figure in plots.figures(diagnosis, "r1-")}


def swatches(figure: Figure) -> set[str]:
    return {key.swatch for key in figure.keys}


def test_every_example_is_drawn_as_well_formed_markup(example: Diagnosis) -> None:
    for figure in drawn(example).values():
        root = ET.fromstring(figure.svg)  # noqa: S314 - our own output
        assert root.get("role") == "img"
        assert root.get("aria-label")
        assert len(figure.svg) < 60_000


def test_a_legend_names_the_curves_and_nothing_else() -> None:
    figure = drawn(ex.too_slow())["loss"]
    assert [(key.swatch, key.text) for key in figure.keys] == [
        ("raw", "training loss, as logged"),
        ("smooth", "smoothed"),
        ("val", "validation loss"),
        ("norm", "gradient norm"),
        ("rate", "learning rate, constant at 1e-5"),
    ]


def test_the_reasons_are_numbered_where_they_are_seen() -> None:
    figure = plots.figures(
        ex.too_slow(), "r1-", [Mark(1, (0.0, 600.0)), Mark(2, (3000.0, 5997.0)), Mark(3, (0.0, 6000.0))]
    )
    marks = re.findall(r'data-k="mark" data-p="loss">\n<text[^>]*>(\d)<', figure[0].svg)
    assert marks == ["1", "2", "3"]
    assert figure[0].svg.count('data-k="band"') == 2, "all of the run is not shaded"


def test_marks_at_one_place_stand_below_each_other() -> None:
    svg = plots.figures(ex.too_slow(), "r1-", [Mark(1, (0.0, 60.0)), Mark(2, (0.0, 60.0))])[0].svg
    heights = re.findall(r'data-k="mark" data-p="loss">\n<text[^>]* y="([\d.]+)"', svg)
    assert len(set(heights)) == 2


def test_non_finite_losses_are_marked_and_named() -> None:
    figure = drawn(ex.divergent())["loss"]
    assert "red bar: NaN or infinity" in figure.svg
    assert COLOURS["bad"] in figure.svg


def test_without_a_loss_only_the_distribution_is_drawn_and_without_that_nothing() -> None:
    assert drawn(ex.nothing_read()) == {}
    blind = dataclasses.replace(ex.too_slow(), roles=Roles())
    assert set(drawn(blind)) == {"belief"}


def test_validation_alone_is_drawn_as_itself() -> None:
    alone = dataclasses.replace(ex.too_slow(), roles=Roles(val_loss="val/loss"), fits=())
    assert "validation loss by step" in drawn(alone)["loss"].svg


def test_the_distribution_is_over_learning_rates_or_factors() -> None:
    known, unknown = drawn(ex.too_slow())["belief"], drawn(ex.negative())["belief"]
    assert "by learning rate" in known.svg
    assert [k.text for k in known.keys][-2:] == ["this run, LR 1e-5", "suggested, LR 3.2e-4"]
    assert "by factor on this run" in unknown.svg
    assert [k.text for k in unknown.keys][-2:] == ["this run", "suggested, × 5"]
    assert "next" not in swatches(drawn(ex.well_tuned())["belief"])


def test_ids_are_unique_over_a_page(examples: Mapping[str, Diagnosis]) -> None:
    figures = [f for i, d in enumerate(examples.values()) for f in plots.figures(d, f"run{i}-")]
    ids = [name for figure in figures for name in re.findall(r'\bid="([^"]*)"', figure.svg)]
    used = {name for figure in figures for name in re.findall(r'(?:url\(#|href="#)([^")]*)', figure.svg)}
    assert ids
    assert len(set(ids)) == len(ids)
    assert used == set(ids)


def test_every_colour_has_one_in_the_dark_and_no_figure_uses_another(examples: Mapping[str, Diagnosis]) -> None:
    assert set(COLOURS) == set(DARK)
    assert len(set(COLOURS.values())) == len(COLOURS), "the dark rules tell colours apart by their values"
    rules = dark_rules()
    for light in COLOURS.values():
        assert f'[fill="{light}"]' in rules
        assert f'[stroke="{light}"]' in rules
    for diagnosis in examples.values():
        for figure in drawn(diagnosis).values():
            assert colours_in(figure.svg) <= set(COLOURS.values())
            assert "style=" not in figure.svg, "a server may forbid styles"


hard = st.floats(width=64) | st.sampled_from([0.0, 1e300, -1e300, 5e-324, np.nan, np.inf, 2.3])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(hard, min_size=1, max_size=30), st.sampled_from([0.0, 1.0, -5.0, 1e15]), st.floats(0, 1e6))
def test_whatever_was_logged_can_be_drawn(values: list[float], first: float, gap: float) -> None:
    step = np.asarray(first + gap * np.arange(len(values)), dtype=float)
    series = {"loss": Series(step, np.array(values)), "lr": Series(step, np.array(values[::-1]))}
    base = ex.too_slow()
    run = Run("hard", series, base.run.source)
    diagnosis = dataclasses.replace(base, run=run, roles=Roles(loss="loss", lr="lr", val_loss="lr"), fits=())
    for figure in drawn(diagnosis).values():
        ET.fromstring(figure.svg)  # noqa: S314
        assert "nan" not in re.sub(r"aria-label=\"[^\"]*\"", "", figure.svg).lower().replace("nan or infinity", "")


def test_a_dense_log_stays_small() -> None:
    step = np.arange(200_000.0)
    base = ex.too_slow()
    run = dataclasses.replace(base.run, series={"loss": Series(step, 2 + ex.noise(len(step)))})
    figure = drawn(dataclasses.replace(base, run=run, roles=Roles(loss="loss")))["loss"]
    assert len(figure.svg) < 40_000


@pytest.mark.parametrize("axis", ["$\\alpha$", "шаг", "步", "a" * 500, "</svg>"])
def test_any_step_axis_can_be_named(axis: str) -> None:
    base = ex.too_slow()
    figure = drawn(dataclasses.replace(base, run=dataclasses.replace(base.run, step_axis=axis)))["loss"]
    ET.fromstring(figure.svg)  # noqa: S314
