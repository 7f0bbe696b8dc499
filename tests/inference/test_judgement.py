"""All that is inferred of one run: which tables, which mixture, and when nothing is prescribed."""

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor import limits
from lrdoctor.inference.factors import is_unfamiliar, sign_log_factors
from lrdoctor.inference.judgement import judge, outside_the_band
from lrdoctor.inference.tables import load_tables
from lrdoctor.measurement.case import examine
from lrdoctor.measurement.fine_tuning import FineTuning
from lrdoctor.measurement.kind import Kind
from lrdoctor.records.diagnosis import Verdict
from tests.runs import a_run, falling

SHIPPED = load_tables()
WHOLE = examine(a_run(falling(300)))
LATE = examine(a_run(falling(300)[200:], first=20_000, every=10))


def test_a_log_without_its_beginning_has_tables_of_its_own() -> None:
    assert SHIPPED.late is not None
    assert judge(WHOLE, SHIPPED).tables is SHIPPED
    assert judge(LATE, SHIPPED).tables is SHIPPED.late


def test_a_fine_tuning_is_a_mixture_of_both_answers() -> None:
    joints = [
        judge(replace(WHOLE, quality=replace(WHOLE.quality, fine_tuning=FineTuning(p))), SHIPPED).joint
        for p in (0.0, 0.25, 1.0)
    ]
    assert joints[1] == pytest.approx(0.75 * joints[0] + 0.25 * joints[2])
    assert not np.allclose(joints[0], joints[2])


def test_of_a_kind_that_the_fit_has_not_seen_custom_counts_more_and_the_curve_less() -> None:
    strange = replace(WHOLE, kind=Kind.LANGUAGE_MODEL)
    tables = replace(SHIPPED, kinds=frozenset({"other"}))
    assert is_unfamiliar(strange, tables)
    assert not is_unfamiliar(WHOLE, tables)
    assert not is_unfamiliar(strange, replace(SHIPPED, kinds=frozenset())), "nobody knows what such tables have seen"
    usual, leaning = sign_log_factors(WHOLE, tables), sign_log_factors(strange, tables)
    assert leaning["depth"] == pytest.approx(limits.UNFAMILIAR * usual["depth"])
    assert leaning["log_lr"] == pytest.approx(limits.UNFAMILIAR_CUSTOM * usual["log_lr"])


def test_a_run_at_a_chance_that_is_named_is_hardly_in_the_band() -> None:
    joint = np.full((SHIPPED.cells, SHIPPED.cells), 1.0 / SHIPPED.cells**2)
    left = outside_the_band(joint, SHIPPED)
    inside = left[: SHIPPED.zero, SHIPPED.zero :].sum()
    assert left.sum() == pytest.approx(1.0)
    assert inside < 0.06 * joint[: SHIPPED.zero, SHIPPED.zero :].sum() * 2


@pytest.mark.parametrize("losses", [np.log(10) + 0.003 * np.sin(np.arange(60)), 2 + 0.2 * np.sin(7.0 * np.arange(60))])
def test_a_level_and_nothing_else_prescribes_nothing(losses: np.ndarray) -> None:
    found = judge(examine(a_run(losses, lr=None)), SHIPPED)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.advice.factor is None
    assert "both leave that" in found.reason
