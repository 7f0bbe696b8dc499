"""The figures: what is drawn, and that nothing a log holds stops them."""

import dataclasses
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import lrdoctor
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Run, Series
from lrdoctor.report.figures import run as plots
from lrdoctor.report.figures.canvas import COLOURS
from lrdoctor.report.figures.figure import Figure
from lrdoctor.report.figures.loss import split_fits
from tests.report import examples as ex

STYLE = (Path(lrdoctor.__file__).parent / "report" / "html" / "style.css").read_text(encoding="utf-8")


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


def test_a_legend_names_curves_fits_and_findings() -> None:
    figure = drawn(ex.too_slow())["loss"]
    said = " ".join(key.text for key in figure.keys)
    assert swatches(figure) == {"raw", "smooth", "semilog", "told", "val", "rate", "span-warning"}
    for words in ("train/loss", "-0.43 ± 0.02 per doubling", "val/loss", "constant at 1e-5", "LR201 still-falling"):
        assert words in said


def test_the_lines_of_findings_take_the_place_of_other_fits() -> None:
    fitted = ex.too_slow().fits
    (mark,) = ex.too_slow().findings[0].drawn
    assert split_fits(fitted, []) == (list(fitted), [])
    assert split_fits(fitted, [mark]) == ([fitted[0]], [fitted[1]])


def test_non_finite_losses_are_marked_and_counted() -> None:
    figure = drawn(ex.divergent())["loss"]
    assert "not finite: 100 points (NaN or infinity)" in [key.text for key in figure.keys]
    assert figure.svg.count("--fig-bad") >= 1


def test_points_beyond_the_frame_are_counted() -> None:
    assert any("5 points beyond the frame" in key.text for key in drawn(ex.too_high())["loss"].keys)


def test_a_finding_about_one_step_is_wide_enough_to_see() -> None:
    figure = drawn(ex.too_high())["loss"]
    assert "span-info" in swatches(figure)


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


def test_the_page_styles_every_colour_and_swatch_in_use(examples: Mapping[str, Diagnosis]) -> None:
    dark = STYLE[STYLE.index("prefers-color-scheme: dark") :]
    for name in COLOURS:
        assert f"--fig-{name}:" in STYLE
        assert f"--fig-{name}:" in dark
    for diagnosis in examples.values():
        for figure in drawn(diagnosis).values():
            assert not re.findall(r"(?<!, )#[0-9a-f]{6}", figure.svg), "a colour that no theme knows"
            for swatch in swatches(figure):
                assert f".k-{swatch} " in STYLE or f".k-{swatch}," in STYLE


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
        assert "nan" not in re.sub(r"aria-label=\"[^\"]*\"", "", figure.svg).lower().replace("nan (", "")


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
