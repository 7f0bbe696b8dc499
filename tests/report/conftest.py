"""Fixtures over the shared set of example diagnoses."""

from collections.abc import Mapping

import pytest

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.records.report import Report
from tests.report.examples import EXAMPLES, no_lr, well_tuned
from tests.report.sweep_examples import everything


@pytest.fixture(params=EXAMPLES)
def example(request: pytest.FixtureRequest) -> Diagnosis:
    """Each example in turn."""
    return EXAMPLES[request.param]()


@pytest.fixture(scope="session")
def examples() -> Mapping[str, Diagnosis]:
    """All the examples, by name."""
    return {name: make() for name, make in EXAMPLES.items()}


@pytest.fixture(scope="session")
def full(examples: Mapping[str, Diagnosis]) -> Report:
    """A report of everything, sweeps and unreadable paths included."""
    return everything(examples)


@pytest.fixture(scope="session")
def hundreds() -> Report:
    """A report of 300 runs with the same few names."""
    return Report(tuple(well_tuned() if i % 3 else no_lr() for i in range(300)))
