"""Advice beyond the LR: called for by a finding, under the right verdict, with its source."""

import numpy as np
import pytest

from lrdoctor.findings import FINDINGS
from lrdoctor.findings.remedies import CALLS, remedies
from lrdoctor.measurement.case import Case, examine
from lrdoctor.records.diagnosis import Verdict
from lrdoctor.records.run import Run
from tests.findings.test_findings import CASES
from tests.runs import a_run, falling

HAS = {name: has for name, has, _ in CASES}
GOOD, HIGH, SLOW = Verdict.WELL_TUNED, Verdict.TOO_HIGH, Verdict.TOO_SLOW


def advised(run: Run, verdict: Verdict) -> dict[str, str]:
    case: Case = examine(run)
    made = [f for rule in FINDINGS if (f := rule.check(case)) is not None]
    return {one.action: f"{one.words} ({one.finding})" for one in remedies(verdict, made, case)}


@pytest.mark.parametrize(
    ("finding", "verdict", "action", "words"),
    [
        ("warm-up-missing", HIGH, "warm-up", "linear warm-up"),
        ("early-blow-up", GOOD, "warm-up", "linear warm-up"),
        ("flat-not-decayed", GOOD, "decay", "fall to zero"),
        ("noise-floor", HIGH, "batch size", "larger batch"),
        ("spikes", GOOD, "clipping", "90th percentile"),
        ("transient-non-finite", GOOD, "data", "look at the batches of steps 10 to 11"),
        ("diverged-non-finite", Verdict.DIVERGENT, "clipping", "90th percentile"),
        ("still-falling", GOOD, "length", "train longer"),
        ("validation-turned", GOOD, "checkpoint", "keep the checkpoint of step"),
        ("gradient-clipping-saturated", SLOW, "clipping", "clipped at 1.2, the 90th percentile"),
    ],
)
def test_a_finding_calls_for_its_remedy(finding: str, verdict: Verdict, action: str, words: str) -> None:
    assert words in advised(HAS[finding], verdict)[action]


def test_a_run_that_is_too_slow_is_not_told_to_train_longer_or_to_decay() -> None:
    assert "length" not in advised(HAS["still-falling"], SLOW)
    assert "decay" not in advised(HAS["flat-not-decayed"], SLOW)


def test_a_healthy_run_gets_none() -> None:
    assert advised(a_run(falling(speed=3.0)), GOOD) == {}


def test_training_longer_is_worth_what_the_slope_says() -> None:
    case = examine(HAS["still-falling"])
    (finding,) = [f for rule in FINDINGS if rule.name == "still-falling" and (f := rule.check(case)) is not None]
    assert finding.value is not None
    gain = finding.value * np.log(2)
    assert f"about {100 * gain:.0f} % to the progress" in advised(HAS["still-falling"], GOOD)["length"]


def test_every_remedy_is_tied_to_findings_that_exist_and_to_a_source() -> None:
    names = {rule.name for rule in FINDINGS}
    for call in CALLS:
        assert set(call.findings) <= names
        assert call.source
        assert call.verdicts
