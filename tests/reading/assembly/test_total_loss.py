"""Totals of loss components."""

import numpy as np
import pytest

from lrdoctor.reading.assembly.total_loss import with_totals
from lrdoctor.records.run import Run, Series
from tests.runs import run_of


def series(*values: float) -> Series:
    return Series(np.arange(len(values), dtype=float), np.array(values))


def made(**tags: Series) -> Run:
    return run_of({tag.replace("__", "/"): points for tag, points in tags.items()})


@pytest.mark.parametrize(
    ("parts", "total"),
    [
        (("box_loss", "cls_loss", "dfl_loss"), [6.0, 3.0]),
        (("box_loss", "obj_loss", "cls_loss"), [6.0, 3.0]),
        (("giou_loss", "cls_loss", "l1_loss"), [6.0, 3.0]),
        (("box_loss", "cls_loss"), [4.0, 2.0]),
    ],
)
def test_components_of_a_known_family_are_summed(parts: tuple[str, ...], total: list[float]) -> None:
    run = with_totals(made(**{f"train__{part}": series(2.0, 1.0) for part in parts}))
    assert run.series["train/loss"].value.tolist() == total
    assert [note.code for note in run.notes] == ["derived"]


def test_both_splits_have_their_own() -> None:
    tags = {f"{split}__{part}_loss": series(2.0, 1.0) for split in ("train", "val") for part in ("box", "cls", "dfl")}
    assert {"train/loss", "val/loss"} <= set(with_totals(made(**tags)).series)


def test_a_component_that_broke_breaks_the_total() -> None:
    run = with_totals(made(train__box_loss=series(1.0, np.nan), train__cls_loss=series(1.0, 1.0)))
    assert np.isnan(run.series["train/loss"].value[1])


@pytest.mark.parametrize(
    "tags",
    [
        {"train__box_loss": series(1.0), "train__dfl_loss": series(1.0)},  # no class loss: not the family
        {"train__policy_loss": series(1.0), "train__value_loss": series(1.0)},
        {"train__box_loss": series(1.0, 2.0), "train__cls_loss": series(1.0)},  # not on the same steps
        {"box_loss": series(1.0), "cls_loss": series(1.0)},  # nothing says of which split
    ],
)
def test_anything_else_is_left_as_it_is(tags: dict[str, Series]) -> None:
    run = made(**tags)
    assert with_totals(run) is run


def test_a_total_that_is_logged_is_kept() -> None:
    run = made(train__loss=series(9.0), train__box_loss=series(1.0), train__cls_loss=series(1.0))
    assert with_totals(run).series["train/loss"].value.tolist() == [9.0]


@pytest.mark.parametrize(
    "tags", [("loss1", "loss2"), ("train/head0_loss", "train/head1_loss"), ("loss_0", "loss_1", "loss_2")]
)
def test_numbered_heads_are_summed(tags: tuple[str, ...]) -> None:
    run = with_totals(run_of({tag: series(2.0, 1.0) for tag in tags}))
    assert run.series["train/loss"].value.tolist() == [2.0 * len(tags), 1.0 * len(tags)]


@pytest.mark.parametrize(
    "tags", [("loss1", "loss2", "loss"), ("loss_g", "loss_d"), ("a_loss", "b_loss"), ("loss1",), ("val/loss1", "loss2")]
)
def test_what_has_a_total_or_is_no_number_alone_is_not(tags: tuple[str, ...]) -> None:
    before = run_of({tag: series(2.0, 1.0) for tag in tags})
    assert with_totals(before) is before


def test_validation_losses_of_several_sets_are_not_summed_unless_the_training_has_heads_too() -> None:
    sets = {f"eval_g{i}_loss": series(2.0, 1.0) for i in range(3)}
    assert not with_totals(made(loss=series(2.0, 1.0), **sets)).notes
    heads = {f"{split}_loss{i}": series(2.0, 1.0) for split in ("train", "val") for i in (1, 2)}
    assert {"train/loss", "val/loss"} <= set(with_totals(made(**heads)).series)
