"""Records in a notebook and at a prompt."""

import dataclasses
import re
from collections.abc import Mapping

import pytest

import lrdoctor
from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.roles import Roles
from tests.report import examples as ex
from tests.report import sweep_examples as sx


@pytest.fixture
def sweep(examples: Mapping[str, Diagnosis]) -> lrdoctor.SweepDiagnosis:
    return sx.usual(examples["too-slow"], examples["well-tuned"], examples["too-high"])


def test_a_repr_is_one_short_line(example: Diagnosis, sweep: lrdoctor.SweepDiagnosis) -> None:
    for record in (example, example.run, sweep):
        assert "\n" not in repr(record)
        assert len(repr(record)) <= 200


def test_what_a_repr_says(sweep: lrdoctor.SweepDiagnosis) -> None:
    assert repr(ex.too_slow()) == "<Diagnosis 'adam_lr1e-5': too-slow 91 %, LR 1e-05 -> 0.0001>"
    assert repr(ex.divergent()).startswith("<Diagnosis 'diverged': divergent, LR 0.5")
    assert repr(ex.no_lr()).endswith("inconclusive, LR not known>")
    assert repr(ex.too_slow().run) == "<Run 'adam_lr1e-5': 4 series, 2,000 points, lightning-csv>"
    assert re.fullmatch(r"<SweepDiagnosis '.*': 3 runs, LR 1e-05 to 3 -> 0.0003>", repr(sweep))


def test_html_is_small_escaped_and_stands_by_itself(example: Diagnosis, sweep: lrdoctor.SweepDiagnosis) -> None:
    for record in (example, example.run, sweep):
        text = record._repr_html_()
        assert len(text.encode()) < 60_000
        assert ex.HOSTILE not in text
        assert "/home/ada" not in text
        assert not re.search(r"<script|<style|<link|https?://(?!www\.w3\.org)|<[^>]*\son\w+=", text)
    assert "Use LR 1e-4 next" in ex.too_slow()._repr_html_()
    assert "<svg" in sweep._repr_html_()


def test_ids_of_two_outputs_do_not_clash() -> None:
    ids = [set(re.findall(r' id="([^"]*)"', d._repr_html_())) for d in (ex.too_slow(), ex.well_tuned())]
    assert all(ids)
    assert not ids[0] & ids[1]


def test_plot_gives_a_figure_of_matplotlib() -> None:
    from matplotlib.figure import Figure

    figure = ex.too_slow().plot()
    assert isinstance(figure, Figure)
    assert len(figure.artists) > 20
    with pytest.raises(ValueError, match="neither a training nor a validation loss"):
        dataclasses.replace(ex.too_slow(), roles=Roles()).plot()


def test_a_figure_can_be_saved(tmp_path: object) -> None:
    import io

    buffer = io.BytesIO()
    ex.too_slow().plot().savefig(buffer, format="png")
    assert buffer.getvalue().startswith(b"\x89PNG")
