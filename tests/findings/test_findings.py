"""Each finding: a run that has it, and one that looks alike and does not."""

import numpy as np
import pytest

from lrdoctor.diagnosis import Diagnosis
from lrdoctor.engine import diagnose
from lrdoctor.findings import FINDINGS
from lrdoctor.run import Note, Run
from tests.runs import a_run, falling

HEADINGS = ("What", "Why", "Known false alarms:", "Evidence shown:", "Limits used:", "References:")
GOOD = falling()
NAN_SOON = np.r_[1.0, np.full(9, np.nan)]
DECAY = np.r_[np.full(200, 1e-2), np.full(300, 1e-4)]
STEPS = np.r_[
    falling(200, speed=0.2),
    np.full(300, falling(200, speed=0.2)[-1]) + 0.01 * np.random.default_rng(0).normal(size=300),
]


def with_values(values: np.ndarray, where: slice, new: float) -> np.ndarray:
    out = values.copy()
    out[where] = new
    return out


def names(run: Run) -> set[str]:
    found: Diagnosis = diagnose(run)
    return {finding.name for finding in found.findings}


CASES: list[tuple[str, Run, Run]] = [
    (
        "diverged-non-finite",
        a_run(with_values(GOOD, slice(400, None), np.nan)),
        a_run(with_values(GOOD, slice(400, 410), np.nan)),
    ),
    (
        "diverged-rising",
        a_run(with_values(GOOD, slice(300, None), 9.0)),
        a_run(with_values(GOOD, slice(300, 320), 9.0)),
    ),
    (
        "transient-non-finite",
        a_run(with_values(GOOD, slice(10, 12), np.inf)),
        a_run(with_values(GOOD, slice(480, None), np.inf)),
    ),
    ("early-blow-up", a_run(with_values(GOOD, slice(10, 20), 30.0)), a_run(with_values(GOOD, slice(10, 20), 2.6))),
    ("still-falling", a_run(falling(speed=0.002)), a_run(falling(speed=3.0))),
    ("flat-after-decay", a_run(STEPS, lr=DECAY), a_run(STEPS, lr=1e-2)),
    ("too-few-points", a_run(falling(20)), a_run(falling(40))),
    ("no-learning-rate", a_run(GOOD, lr=None), a_run(GOOD)),
    ("torn-tail", a_run(GOOD, notes=[Note("torn-tail", "the file ends inside a record")]), a_run(GOOD)),
    ("restart-overlap", a_run(GOOD, notes=[Note("restart", "steps again", step=60.0)]), a_run(GOOD)),
    ("sampled-export", a_run(GOOD, notes=[Note("sampled", "1,000 of 5,000")]), a_run(GOOD)),
    ("aggregated-values", a_run(GOOD, notes=[Note("aggregated", "means")]), a_run(GOOD)),
    ("non-finite-filtered", a_run(with_values(GOOD, slice(50, None), 0.0), val=NAN_SOON), a_run(GOOD, val=NAN_SOON)),
    (
        "smoothed-curve",
        a_run(np.convolve(falling(700), 0.05 * 0.95 ** np.arange(120), mode="valid")),
        a_run(falling(580)),
    ),
    ("steps-invented", a_run(GOOD, notes=[Note("steps-invented", "numbered")]), a_run(GOOD)),
]


@pytest.mark.parametrize(("name", "has", "lacks"), CASES, ids=[c[0] for c in CASES])
def test_one_has_it_and_its_look_alike_does_not(name: str, has: Run, lacks: Run) -> None:
    assert name in names(has)
    assert name not in names(lacks)


def test_every_finding_has_a_case_a_unique_code_and_a_full_page() -> None:
    assert {rule.name for rule in FINDINGS} == {name for name, _, _ in CASES}
    assert len({rule.code for rule in FINDINGS}) == len(FINDINGS)
    for rule in FINDINGS:
        for heading in HEADINGS:
            assert heading in rule.explanation, (rule.name, heading)


def test_findings_carry_value_limit_and_steps() -> None:
    (finding,) = [f for f in diagnose(CASES[3][1]).findings if f.name == "early-blow-up"]
    assert finding.limit == 1.5
    assert finding.value == pytest.approx(30 / GOOD[0], rel=1e-6)
    assert finding.steps == (10.0, 19.0)
    assert finding.series == "train_loss"
