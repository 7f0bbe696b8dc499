"""What is customary, by optimizer, kind of training, model size and batch."""

import math

import pytest

from lrdoctor.vocabulary.customary import customary, language_model_lr
from lrdoctor.vocabulary.model_kind import TUNING, TrainingKind
from lrdoctor.vocabulary.optimizers import CUSTOMARY, SETS_OWN

KINDS = list(TrainingKind)


@pytest.mark.parametrize(
    ("optimizer", "kind", "lr"),
    [
        ("AdamW", TrainingKind.FULL_FINE_TUNING, 2e-5),
        ("Adam", TrainingKind.FULL_FINE_TUNING, 2e-5),
        ("Lion", TrainingKind.FULL_FINE_TUNING, 2e-6),
        ("AdamW", TrainingKind.ADAPTERS, 2e-4),
        ("AdamW", TrainingKind.HEAD, 1e-3),
        ("AdamW", TrainingKind.SPEECH_FINE_TUNING, 1e-4),
        ("AdamW", TrainingKind.DIFFUSION, 1e-4),
        ("AdamW", TrainingKind.LANGUAGE_MODEL, 1e-3),
        ("SGD+momentum", TrainingKind.VISION, 0.1),
        ("SGD+momentum", TrainingKind.FULL_FINE_TUNING, 3e-3),
        ("Muon", TrainingKind.LANGUAGE_MODEL, 2e-2),
        (None, TrainingKind.FULL_FINE_TUNING, 2e-5),
        (None, TrainingKind.ADAPTERS, 2e-4),
    ],
)
def test_by_optimizer_and_kind(optimizer: str | None, kind: TrainingKind, lr: float) -> None:
    found = customary(optimizer, kind)
    assert found is not None
    assert found.lr == pytest.approx(lr)


@pytest.mark.parametrize("optimizer", CUSTOMARY)
@pytest.mark.parametrize("kind", KINDS)
def test_every_optimizer_has_one_in_every_kind(optimizer: str, kind: TrainingKind) -> None:
    found = customary(optimizer, kind, 1e8, 512)
    assert found is not None
    assert 1e-8 < found.lr < 10
    assert 0.2 < found.spread < 1.5
    assert found.why
    assert found.source


@pytest.mark.parametrize("optimizer", CUSTOMARY)
def test_where_nothing_tells_it_is_the_tables(optimizer: str) -> None:
    found = customary(optimizer)
    assert found is not None
    assert found.lr == CUSTOMARY[optimizer]


@pytest.mark.parametrize("optimizer", [*SETS_OWN, "of nobody"])
def test_an_lr_that_is_no_step_size_has_no_custom(optimizer: str) -> None:
    assert all(customary(optimizer, kind) is None for kind in KINDS)


def test_without_an_optimizer_only_tuning_has_a_custom() -> None:
    assert {kind for kind in KINDS if customary(None, kind)} == TUNING


# Peak LRs that were published with their sizes: GPT-3's (arXiv:2005.14165, table 2.1) and Llama's (arXiv:2302.13971).
@pytest.mark.parametrize(
    ("parameters", "lr"),
    [(125e6, 6e-4), (350e6, 3e-4), (1.3e9, 2e-4), (6.7e9, 1.2e-4), (6.7e9, 3e-4), (65e9, 1.5e-4)],
)
def test_published_lrs_lie_within_two_spreads_of_the_laws(parameters: float, lr: float) -> None:
    law, spread = language_model_lr(parameters)
    assert abs(math.log10(lr / law)) < 2 * spread


def test_larger_models_take_lower_lrs() -> None:
    lrs = [language_model_lr(10.0**power)[0] for power in range(6, 12)]
    assert lrs == sorted(lrs, reverse=True)
    assert language_model_lr(1.0) == language_model_lr(1e6)


@pytest.mark.parametrize(("optimizer", "exponent"), [("SGD+momentum", 1.0), ("AdamW", 0.5)])
def test_in_vision_the_lr_follows_the_batch(optimizer: str, exponent: float) -> None:
    small, large, huge = (customary(optimizer, TrainingKind.VISION, None, batch) for batch in (128, 512, 1e9))
    assert small is not None
    assert large is not None
    assert huge is not None
    assert large.lr / small.lr == pytest.approx(4**exponent)
    assert huge.lr < 10 * large.lr, "no rule holds that far"
