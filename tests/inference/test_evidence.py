"""What each sign did, against the same posterior with that sign taken out; and which signs are asked at all."""

from dataclasses import replace

import numpy as np
import pytest

from lrdoctor.inference.evidence import ABSOLUTE_LR_SIGNS, evidence
from lrdoctor.inference.factors import log_factors, sign_log_factors, summed_log_factors, tuned_log_factors
from lrdoctor.inference.tables import Tables, load_tables
from lrdoctor.inference.verdict import divergence_log_factors
from lrdoctor.limits import TUNED_TRUST
from lrdoctor.measurement.case import SETTING_SIGN_NAMES, examine
from lrdoctor.measurement.divergence import Divergence
from lrdoctor.measurement.log_quality import Quality
from lrdoctor.measurement.signs import SIGNS
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.run import Note
from tests.runs import a_run, falling

SEEN = Quality(points=100, non_finite=0, diverged=Divergence(None, 0.3), filtered=None, refusal="")
PRIOR = np.where(np.triu(np.ones((4, 4))) > 0, 0.0, -np.inf)
TABLES = Tables(np.array([-3.0, -1.0, 0.0, 1.0, 3.0]), PRIOR, {}, 1.0, {})
MIDDLES = [-2.0, -0.5, 0.5, 2.0]

RNG = np.random.default_rng(3)
PARTS = {
    "unheard_of": RNG.normal(size=8),
    "depth": RNG.normal(size=8),
    "noise_of_descent": 0.1 * RNG.normal(size=8),
    "over_customary_adaptive": RNG.normal(size=8),
    "log_lr": RNG.normal(size=8),
    "t80": 3 * RNG.normal(size=8),
    "end_slope": RNG.normal(size=8),
}
VALUES = {
    "unheard_of": 1.0,
    "depth": 0.4,
    "noise_of_descent": 0.2,
    "over_customary_adaptive": 1.0,
    "log_lr": -2.0,
    "t80": 0.7,
    "end_slope": float("nan"),
}


def seen_from(factors: np.ndarray) -> tuple[dict[Verdict, float], float]:
    """Odds of the verdicts, and the mean of the band's middle, by plain sums over the pairs of cells."""
    weight = {(i, j): float(np.exp(factors[i] + factors[4 + j])) for i in range(4) for j in range(i, 4)}
    total = sum(weight.values())
    below = sum(w for (i, _), w in weight.items() if i >= 2) / total
    above = sum(w for (_, j), w in weight.items() if j < 2) / total
    four = {
        Verdict.TOO_SLOW: below,
        Verdict.WELL_TUNED: 1 - below - above,
        Verdict.TOO_HIGH: above,
        Verdict.DIVERGENT: 0.0,
    }
    kept = {verdict: min(max(p, 1e-4), 1 - 1e-4) for verdict, p in four.items()}
    middle = sum(w * (MIDDLES[i] + MIDDLES[j]) / 2 for (i, j), w in weight.items()) / total
    return {verdict: p / (1 - p) for verdict, p in kept.items()}, middle


def test_the_evidence_is_all_signs_against_all_but_one() -> None:
    total = np.sum(list(PARTS.values()), axis=0)
    found = {one.sign: one for one in evidence(TABLES, VALUES, PARTS, total, SEEN)}
    assert set(found) == {"depth", "noise_of_descent", "t80", "log_lr"}, "signs with a name and a value"
    known, middle = seen_from(total)
    for name, one in found.items():
        part = PARTS[name] + (PARTS["over_customary_adaptive"] if name == "log_lr" else 0)
        unknown, without = seen_from(total - part)
        assert one.odds == pytest.approx({verdict: known[verdict] / unknown[verdict] for verdict in known})
        assert one.odds[Verdict.DIVERGENT] == 1
        assert one.shift == pytest.approx(middle - without)
        (sign,) = (sign for sign in SIGNS if sign.name == name)
        assert (one.label, one.unit, one.value) == (sign.label, sign.unit, VALUES[name])


def test_the_strongest_evidence_comes_first() -> None:
    total = np.sum(list(PARTS.values()), axis=0)
    strength = [max(abs(np.log(o)) for o in one.odds.values()) for one in evidence(TABLES, VALUES, PARTS, total, SEEN)]
    assert strength == sorted(strength, reverse=True)
    assert strength[0] > 10 * strength[-1] > 0


def test_certainty_counts_as_one_in_ten_thousand() -> None:
    sure = np.r_[0.0, 0.0, 50.0, 50.0, 0.0, 0.0, 0.0, 0.0]
    (one,) = evidence(TABLES, {"depth": 1.0}, {"depth": sure}, sure, SEEN)
    before = 0.3 / 0.7
    assert one.odds[Verdict.TOO_SLOW] == pytest.approx(((1 - 1e-4) / 1e-4) / before)
    assert one.odds[Verdict.TOO_HIGH] == pytest.approx((1e-4 / (1 - 1e-4)) / before)


def test_without_a_sign_of_the_lr_nothing_is_said_of_it() -> None:
    parts = {"depth": PARTS["depth"]}
    assert [one.sign for one in evidence(TABLES, {"depth": 1.0, "log_lr": -2.0}, parts, parts["depth"], SEEN)] == [
        "depth"
    ]
    assert evidence(TABLES, {}, {}, np.zeros(8), SEEN) == []
    assert evidence(TABLES, {}, {"depth": PARTS["depth"]}, PARTS["depth"], SEEN) == [], "no value, no evidence"


SHIPPED = load_tables()


def test_of_a_clean_log_every_sign_counts_in_full() -> None:
    case = examine(a_run(falling(200)))
    parts = sign_log_factors(case, SHIPPED)
    contributed = SHIPPED.contributions(case.signs)
    assert set(parts) == set(contributed) & set(case.signs)
    assert all(part.tolist() == contributed[name].tolist() for name, part in parts.items())
    assert parts.keys() & ABSOLUTE_LR_SIGNS
    assert log_factors(case, SHIPPED) == pytest.approx(np.sum(list(parts.values()), axis=0))


def test_a_doubt_takes_from_the_curves_signs_alone() -> None:
    case = examine(a_run(falling(200), notes=[Note("sampled", "seen"), Note("restart", "seen")]))
    contributed = SHIPPED.contributions(case.signs)
    for name, part in sign_log_factors(case, SHIPPED).items():
        share = 1.0 if name in SETTING_SIGN_NAMES else 0.7**2
        assert part == pytest.approx(share * contributed[name])


def test_pretrained_weights_are_held_against_their_own_custom() -> None:
    run = a_run(falling(200))
    tuned = examine(replace(run, hparams={**run.hparams, "lora_r": 8}))
    assert tuned.quality.pretrained
    parts = sign_log_factors(tuned, SHIPPED)
    factors = tuned_log_factors(parts, tuned, SHIPPED)
    without = {name: part for name, part in parts.items() if name not in ABSOLUTE_LR_SIGNS}
    own = factors - TUNED_TRUST * np.sum(list(without.values()), axis=0)
    low, high = own[: SHIPPED.cells], own[SHIPPED.cells :]
    # 10**-3.4 is customary for adapters; the run's LR is 10**-3.
    middle = 0.5 * (SHIPPED.middles[int(low.argmax())] + SHIPPED.middles[int(high.argmax())])
    assert middle == pytest.approx(-0.4, abs=0.2)


def test_a_run_that_diverged_without_a_curve_is_known_by_its_lr_and_its_end() -> None:
    case = examine(a_run([float("nan")] * 30))
    parts = sign_log_factors(case, SHIPPED)
    assert parts.keys() <= ABSOLUTE_LR_SIGNS
    expected = np.sum(list(parts.values()), axis=0) + divergence_log_factors(SHIPPED, case.quality)
    assert log_factors(case, SHIPPED) == pytest.approx(expected)
    assert np.abs(expected).max() > 1


def test_where_nothing_was_measured_nothing_is_said() -> None:
    refused = examine(a_run([2.0, 1.0]))
    assert sign_log_factors(refused, SHIPPED) == {}
    silent = summed_log_factors({}, SHIPPED)
    assert silent.tolist() == [0.0] * (2 * SHIPPED.cells)
    assert log_factors(refused, SHIPPED).tolist() == silent.tolist()
