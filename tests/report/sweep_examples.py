"""Sweeps made by hand of the shared examples: nothing here analyses anything."""

from collections.abc import Mapping

import numpy as np

from lrdoctor.records.diagnosis import Belief, Diagnosis
from lrdoctor.records.report import Report
from lrdoctor.records.sweep import SweepDiagnosis, SweepMember
from tests.report.examples import HOSTILE, UNREADABLE


def believed(middle: float) -> Belief:
    decades = np.linspace(-6, 6, 241)
    mass = np.exp(-(((decades - middle) / 0.4) ** 2) / 2)
    inside = np.exp(-(((decades - middle) / 0.6) ** 4) / 2)
    return Belief(decades, inside, mass / mass.sum(), np.full(241, np.nan))


def usual(slow: Diagnosis, well: Diagnosis, high: Diagnosis) -> SweepDiagnosis:
    """Three runs of which the middle one is to be used again."""
    return SweepDiagnosis(
        diagnoses=(slow, well, high),
        suggested_lr=3e-4,
        factor=3e-4 / 3,
        interval=(1e-4, 9e-4),
        belief=believed(-4.0),
        placed=(
            SweepMember(0, 1e-5, 1.42, 0.98, 0.02, 0.0),
            SweepMember(1, 3e-4, 0.31, 0.03, 0.94, 0.03),
            SweepMember(2, 3.0, 1.1, 0.0, 0.01, 0.99),
        ),
        measure="validation",
        untrained=2.3,
        tolerance=0.01,
        steps=5997.0,
        reach=(0.01, 0.97, 0.02),
        band=(7e-5, 1.2e-3),
        title="Adam, batch size 64",
        differs=(("seed", ("0", "1", "2")),),
    )


def beyond(slow: Diagnosis, other: Diagnosis) -> SweepDiagnosis:
    """Two runs below the band; everything that a log names is hostile."""
    return SweepDiagnosis(
        diagnoses=(slow, other),
        suggested_lr=1e-2,
        factor=10.0,
        interval=(3e-3, 4e-2),
        belief=believed(1.0),
        placed=(SweepMember(0, 1e-5, 0.8, 0.99, 0.01, 0.0), SweepMember(1, 1e-3, 0.4, 0.9, 0.08, 0.02)),
        measure="accuracy",
        untrained=0.9,
        tolerance=0.03,
        reach=(0.02, 0.08, 0.9),
        band=(4e-3, 0.05),
        title=HOSTILE,
        differs=((HOSTILE, (HOSTILE, "/home/ada/x")), ("api_key", ("one", "two"))),
    )


def unplaced(one: Diagnosis, other: Diagnosis) -> SweepDiagnosis:
    """Runs without a learning rate, judged together because the user asked."""
    return SweepDiagnosis((one, other), None, 1.0, None, believed(0.0))


def everything(examples: Mapping[str, Diagnosis]) -> Report:
    """A report of all the examples, of sweeps of some of them, and of paths that could not be read."""
    sweeps = (
        usual(examples["too-slow"], examples["well-tuned"], examples["too-high"]),
        beyond(examples["too-slow"], examples["hostile"]),
        unplaced(examples["no-lr"], examples["nothing-read"]),
    )
    return Report(tuple(examples.values()), UNREADABLE, sweeps)
