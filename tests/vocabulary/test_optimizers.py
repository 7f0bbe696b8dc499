"""The table of optimizers: every row is understood however settings spell it."""

from typing import get_args

import pytest

from lrdoctor.vocabulary.optimizers import (
    CUSTOMARY,
    OPTIMIZERS,
    PLAIN,
    SETS_OWN,
    Optimizer,
    StepKind,
    normalised_optimizer,
    step_kind,
)


@pytest.mark.parametrize("one", OPTIMIZERS, ids=lambda one: one.name)
def test_a_row_is_complete_and_its_name_is_understood(one: Optimizer) -> None:
    assert one.step in get_args(StepKind)
    assert 1e-6 <= one.customary_lr <= 1
    assert one.source
    assert step_kind(one.name) == one.step
    for spelling in one.spellings:
        assert spelling == spelling.lower()
        for text in (spelling, spelling.upper(), f"torch.optim.{spelling}", f"{spelling}_fused", f"{spelling} (lr=1)"):
            assert normalised_optimizer(text) == one.name, text


def test_no_two_rows_share_a_name_or_a_spelling() -> None:
    spellings = [spelling for one in OPTIMIZERS for spelling in one.spellings]
    assert len(spellings) == len(set(spellings))
    assert CUSTOMARY.keys() | SETS_OWN.keys() == {one.name for one in OPTIMIZERS}
    assert not CUSTOMARY.keys() & SETS_OWN.keys(), "an LR that is no step size is held against no custom"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("paged_adamw_8bit", "AdamW"),
        ("<class 'torch.optim.adamw.AdamW'>", "AdamW"),
        ("PagedAdamW8bit", "AdamW"),
        ("FusedAdam", "Adam"),
        ("adabelief_pytorch.AdaBelief", "AdaBelief"),
        ("SGD (momentum=0.9, nesterov=True)", "SGD+momentum"),
        ("SGD (momentum=0.0)", "SGD"),
        ("SGD", "SGD"),
        ("adamw_mini", None),
        ("SophiaG", "Sophia"),
        ("<class 'muon.MuonWithAuxAdam'>", "Muon"),
        ("signSGD", "Signum"),
        ("schedule_free_adamw", "schedule-free AdamW"),
        ("schedulefree.AdamWScheduleFree", "schedule-free AdamW"),
        ("ademamix_8bit", "AdEMAMix"),
        ("galore_adamw", "GaLore AdamW"),
        ("dadaptation.DAdaptAdam", "D-Adaptation"),
        ("prodigyopt.Prodigy", "Prodigy"),
        ("fused_lamb", "LAMB"),
        ("home_made", None),
        ("SGD, momentum 0.9", "SGD+momentum"),
        ("SGD with momentum", "SGD+momentum"),
        ("SGD(lr=0.1, nesterov=True)", "SGD+momentum"),
        ("adam, lr=1e-3", "Adam"),
        ("Adam with weight decay", "Adam"),
        ("{'type': 'SGD', 'lr': 0.1, 'momentum': 0.9}", "SGD+momentum"),
        ("<function adamw at 0x7f0>", "AdamW"),
        ("my own rule, like none", None),
        ("heavyball.ForeachSOAP", "SOAP"),
        ("DecoupledAdamW", "AdamW"),
        ("auto", None),
        ("", None),
    ],
)
def test_what_settings_call_an_optimizer(text: str, name: str | None) -> None:
    assert normalised_optimizer(text) == name


def test_sgds_lr_alone_has_the_scale_of_the_gradients() -> None:
    assert {"SGD", "SGD+momentum"} == PLAIN
