"""A loss by its perplexity."""

import math

import numpy as np
import pytest

from lrdoctor.reading.assembly.perplexity import with_log_perplexity
from lrdoctor.records.run import Run, Series
from lrdoctor.vocabulary.roles import assign_roles
from tests.runs import run_of


def run(series: dict[str, list[float]]) -> Run:
    return run_of({tag: Series(np.arange(len(v), dtype=float), np.array(v)) for tag, v in series.items()})


def test_it_is_the_logarithm_under_a_name_of_its_own() -> None:
    found = with_log_perplexity(run({"train/ppl": [math.e**2, math.e], "val/ppl": [math.e**3, math.inf]}))
    assert found.series["loss"].value.tolist() == pytest.approx([2, 1])
    assert found.series["val/loss"].value.tolist() == pytest.approx([3, math.inf])
    assert [note.code for note in found.notes] == ["derived", "derived"]
    roles = assign_roles(found)
    assert (roles.loss, roles.val_loss) == ("loss", "val/loss")


@pytest.mark.parametrize(
    "told",
    [
        {"ppl": [8.0, 7.0], "loss": [2.0, 1.9]},  # the loss itself is there
        {"ppl": [0.5, 0.4]},  # no perplexity is below 1
        {"ppl": [8.0, 7.0], "perplexity": [8.0, 7.0]},  # nothing says which
        {"best_ppl": [8.0, 7.0]},
        {"acc": [0.5, 0.6]},
    ],
)
def test_where_there_is_one_or_it_is_none(told: dict[str, list[float]]) -> None:
    before = run(told)
    assert with_log_perplexity(before) is before


def test_nan_stays() -> None:
    found = with_log_perplexity(run({"ppl": [8.0, math.nan, 7.0]}))
    assert math.isnan(found.series["loss"].value[1])
