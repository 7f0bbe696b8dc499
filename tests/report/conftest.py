"""Fixtures over the shared set of example diagnoses."""

from collections.abc import Mapping

import pytest

from lrdoctor.diagnosis import Diagnosis, Report
from tests.report.examples import EXAMPLES, UNREADABLE, no_lr, well_tuned


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
    """A report of everything, unreadable paths included."""
    return Report(tuple(examples.values()), UNREADABLE)


@pytest.fixture(scope="session")
def hundreds() -> Report:
    """A report of 300 runs with the same few names."""
    return Report(tuple(well_tuned() if i % 3 else no_lr() for i in range(300)))
