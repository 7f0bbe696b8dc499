"""LRs that settings name after their optimizer: which names are such, and which one counts where there are several."""

import pytest

from lrdoctor.records.run import HParam
from lrdoctor.vocabulary.optimizer_lrs import optimizer_lr, optimizer_of_lr


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("adam_lr", "Adam"),
        ("adam-lr", "Adam"),
        ("config/optim/adamw_lr", "AdamW"),
        ("args.lr_adamw", "AdamW"),
        ("sgd_learning_rate", "SGD"),
        ("learning_rate_lion", "Lion"),
        ("muon_lr", "Muon"),
        ("matrix_lr", "Muon"),
        ("lr", None),
        ("adam", None),
        ("adam_lr_decay", None),
        ("min_adam_lr", None),
        ("adam_beta1", None),
        ("critic_lr", None),
        ("momentum_lr", None),
        ("gd_lr", None),
        ("adam_lr/0/name", None),
        ("", None),
    ],
)
def test_which_names_are_an_optimizers_lr(key: str, name: str | None) -> None:
    assert optimizer_of_lr(key) == name


@pytest.mark.parametrize(
    ("hparams", "named", "key"),
    [
        ({"adam_lr": 1e-3}, None, "adam_lr"),
        ({"adam_lr": 1e-3}, "Adam", "adam_lr"),
        ({"adam_lr": 1e-3}, "AdamW", "adam_lr"),
        ({"adam_lr": 1e-3}, "Lion", None),
        ({"adam_lr": 1e-3, "muon_lr": 0.02}, None, "muon_lr"),
        ({"adam_lr": 1e-3, "muon_lr": 0.02}, "Muon", "muon_lr"),
        ({"adam_lr": 1e-3, "muon_lr": 0.02}, "AdamW", "adam_lr"),
        # Either may be the one that was used.
        ({"adam_lr": 1e-3, "sgd_lr": 0.1}, None, None),
        ({"muon_lr": 0.02, "lion_lr": 1e-4}, None, None),
        ({"adam_lr": 1e-3, "sgd_lr": 0.1}, "SGD+momentum", "sgd_lr"),
        ({"model/adam_lr": 1e-3, "adam_lr": 3e-3}, None, "adam_lr"),
        ({"adam_lr": -1.0}, None, None),
        ({"adam_lr": "cosine", "lr": 0.1}, None, None),
        ({}, "Adam", None),
    ],
)
def test_which_of_them_counts(hparams: dict[str, HParam], named: str | None, key: str | None) -> None:
    found = optimizer_lr(hparams, named)
    assert (None if found is None else found.key) == key
    assert found is None or found.lr == hparams[found.key]
