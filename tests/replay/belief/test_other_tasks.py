"""What other tasks have shown is sane: spreads are spreads, and nothing jumps."""

from typing import get_args

import pytest

from lrdoctor.replay.belief.other_tasks import (
    BREAK,
    DRIFT,
    EARLY,
    LIMIT,
    TYPICAL_GAIN,
    below_the_break,
    below_the_limit,
    drift,
)
from lrdoctor.vocabulary.optimizers import StepKind, step_kind

KINDS: tuple[StepKind, ...] = get_args(StepKind)


def test_what_a_step_does_is_known_of_those_that_were_measured() -> None:
    measured = {
        "Adam": "averaged", "AdamW": "averaged", "RMSprop": "scaled", "Adagrad": "fading", "Adafactor": "scaled",
        "Lion": "sign", "SGD": "plain", "SGD+momentum": "momentum", "RAdam": "averaged", "NAdam": "unknown",
    }  # fmt: skip
    assert {name: step_kind(name) for name in measured} == measured
    assert step_kind(None) == step_kind("Sophia") == "unknown"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("read", "table"), [(drift, DRIFT), (below_the_break, BREAK), (below_the_limit, LIMIT)])
def test_it_is_read_between_a_constant_lr_and_a_full_decay(kind: StepKind, read: object, table: object) -> None:
    assert callable(read)
    assert isinstance(table, dict)
    constant, decayed = table[kind]
    assert read(kind, 1.0) == pytest.approx(constant)
    assert read(kind, 0.0) == pytest.approx(decayed)
    assert read(kind, 0.5) == pytest.approx([(a + b) / 2 for a, b in zip(constant, decayed, strict=True)])
    assert read(kind, 7.0) == read(kind, 1.0)
    assert read(kind, -1.0) == read(kind, 0.0)


def test_figures_are_sane() -> None:
    assert set(DRIFT) == set(BREAK) == set(LIMIT) == set(KINDS)
    for table in (DRIFT, BREAK, LIMIT):
        for mean, spread in (entry for ends in table.values() for entry in ends):
            assert -4 < mean <= 0.5
            assert 0.05 < spread < 2
    assert all(-2 < mean < 1 for ends in LIMIT.values() for mean, _ in ends)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_what_averages_its_gradients_drifts_more(share: float) -> None:
    slope = {kind: drift(kind, share)[0] for kind in KINDS}
    assert slope["momentum"] < slope["plain"]
    assert slope["averaged"] < slope["scaled"]


def test_what_has_come_down_little_drifts_up() -> None:
    slopes = [drift("plain", 0.5, gain)[0] for gain in (0.0, 0.5, TYPICAL_GAIN, 1.0)]
    assert slopes == sorted(slopes, reverse=True)
    assert slopes[2] == drift("plain", 0.5)[0]
    assert slopes[0] - slopes[-1] == pytest.approx(EARLY)
