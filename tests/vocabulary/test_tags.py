"""Which series plays which part, by name, by look-alikes and by --loss."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.errors import UsageError
from lrdoctor.records.roles import Roles
from lrdoctor.records.run import Run, Series, Source
from lrdoctor.vocabulary.roles import assign_roles, find_series
from lrdoctor.vocabulary.tags import (
    ACCURACY_NAMES,
    ALIASES,
    GRAD_NORM_NAMES,
    LOSS_NAMES,
    LR_NAMES,
    is_loss_name,
    is_lr_name,
)

POINTS = 20


def run_of(*tags: str, points: Mapping[str, int] | None = None, peak: Mapping[str, float] | None = None) -> Run:
    """A run with these series, 20 points each on the same steps; `points` logs fewer, over the same stretch."""
    series = {}
    for tag in tags:
        count = (points or {}).get(tag, POINTS)
        series[tag] = Series(np.linspace(0, 100, count + 1)[1:], np.full(count, (peak or {}).get(tag, 0.1)))
    return Run("run", series, Source(Path("run"), (), "table", "made by a test"))


# `*` marks the training loss, `+` the validation loss, `^` the LR; what has no mark plays no part.
LAYOUTS = {
    "Keras CSVLogger": "epoch, accuracy, learning_rate^, loss*, val_accuracy, val_loss+",
    "Keras TensorBoard": "train/epoch_loss*, validation/epoch_loss+, train/epoch_lr^",
    "Keras by iteration": "train/epoch_loss*, validation/evaluation_loss_vs_iterations, validation/epoch_loss+",
    "Lightning": "epoch, train_loss_epoch, train_loss_step*, val_loss+, lr-AdamW^",
    "HF TensorBoard": "train/loss*, train/learning_rate^, train/epoch, eval/loss+",
    "plain torch": "Loss/train*, Loss/val+",
    "add_scalars": "loss_train/loss*, loss_val/loss+",
    "TF object detection": "Loss/total_loss*, Loss/regularization_loss, Loss/localization_loss, learning_rate^",
    "detectron2": "total_loss*, loss_cls, loss_box_reg, lr^",
    "Megatron": "lm loss*, learning rate^, grad norm, loss scale, lm loss value+",
    "llm.c": "trl*, tel+, lr^",
    "OLMo": "train/CrossEntropyLoss*, optim/learning_rate_group0^",
    "NeMo": "reduced_train_loss*, val_loss+, lr^, global_step",
    "DeiT": "train_lr^, train_min_lr, train_loss*, test_loss+",
    "bearpaw": "Learning Rate^, Train Loss*, Valid Loss+, Train Acc., Valid Acc.",
    "SB3": "train/policy_gradient_loss, train/value_loss, train/loss*, train/entropy_loss, train/learning_rate^",
    "DeepOBS": "minibatch_train_losses*, test_losses+",
    "val before eval before test": "loss*, test_loss, eval_loss, val_loss+",
    "the same quantity": "train/nll*, val/loss, val/nll+",
    "named for training": "loss, train_loss*",
    "the same interval": "train_loss_epoch*, val_loss_step, val_loss_epoch+",
    "one loss of its own name": "dice_loss*, val_dice_loss+",
    "look-alikes": "loss_scale, loss_std, hp_metric, lr_scheduler_steps, learning_rate_decay, best_val_loss",
    "chart bounds": "train/loss*, train/loss__MIN, train/loss__MAX",
    "GAN": "loss_g, loss_d",
    "two of a name": "train/generator/loss, train/discriminator/loss",
    "YOLO": "train/box_loss, train/cls_loss, val/box_loss",
    "momentum and decay": "loss*, lr-SGD^, lr-SGD-momentum, lr-SGD-weight_decay",
    "bare LR before groups": "loss*, lr-Adam/pg1, lr^",
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_layouts(layout: str) -> None:
    marked = layout.split(", ")
    tags = [tag.rstrip("*+^") for tag in marked]
    expected = [next((tag[:-1] for tag in marked if tag.endswith(mark)), None) for mark in "*+^"]
    for order in (tags, tags[::-1]):
        roles = assign_roles(run_of(*order))
        assert [roles.loss, roles.val_loss, roles.lr] == expected


def test_the_first_of_several_evaluation_sets() -> None:
    roles = assign_roles(run_of("loss", "eval_g4_loss", "eval_g5_loss"))
    assert (roles.val_loss, roles.why["val_loss"]) == ("eval_g4_loss", "the first of eval_g4_loss, eval_g5_loss")


@pytest.mark.parametrize(
    ("tags", "says"),
    [
        (("loss_g", "loss_d"), "several losses and no total (loss_g, loss_d)"),
        (("train/box_loss", "train/cls_loss"), "only parts or look-alikes of a loss (train/box_loss, train/cls_loss)"),
        (("val_loss",), "only a validation loss (val_loss)"),
        (("a/loss", "b/loss"), "several losses of equal claim (a/loss, b/loss)"),
    ],
)
def test_a_missing_loss_is_explained(tags: tuple[str, ...], says: str) -> None:
    roles = assign_roles(run_of(*tags))
    assert roles.loss is None
    assert roles.why["loss"] == says


def test_no_loss_at_all_needs_no_reason() -> None:
    assert assign_roles(run_of("reward")) == Roles()
    assert assign_roles(run_of()) == Roles()


def test_one_point_beside_a_curve_is_a_summary() -> None:
    run = run_of("train/loss", "train/train_loss", "eval/loss", points={"train/train_loss": 1, "eval/loss": 1})
    roles = assign_roles(run)
    assert (roles.loss, roles.val_loss) == ("train/loss", None)
    assert assign_roles(run_of("train_loss", points={"train_loss": 1})).loss == "train_loss"


@pytest.mark.parametrize(
    ("steps", "epochs", "loss"), [(20, 5, "train_loss_step"), (20, 20, "train_loss_step"), (5, 20, "train_loss_epoch")]
)
def test_the_denser_of_step_and_epoch(steps: int, epochs: int, loss: str) -> None:
    run = run_of("train_loss_step", "train_loss_epoch", points={"train_loss_step": steps, "train_loss_epoch": epochs})
    assert assign_roles(run).loss == loss


def test_a_loss_of_the_first_steps_only_does_not_stand_for_the_run() -> None:
    early = Series(np.arange(50.0), np.ones(50))
    whole = Series(np.arange(0.0, 1000.0, 50.0), np.ones(20))
    run = Run("run", {"loss": early, "train/loss": whole}, Source(Path("run"), (), "table", ""))
    assert assign_roles(run).loss == "train/loss"


def test_the_highest_group_but_not_the_bias_group() -> None:
    peaks = {"lr/pg0": 0.07, "lr/pg1": 0.01, "lr/pg2": 0.02}
    assert assign_roles(run_of(*peaks, peak=peaks)).lr == "lr/pg2"
    old = {"x/lr0": 0.01, "x/lr1": 0.01, "x/lr2": 0.07}
    assert assign_roles(run_of(*old, peak=old)).lr == "x/lr0"
    layered = {"lr-AdamW/pg1": 1e-5, "lr-AdamW/pg2": 1e-3}
    assert assign_roles(run_of(*layered, peak=layered)).why["lr"] == "the highest peak of 2 parameter groups"


def test_an_lr_that_is_never_positive_is_none() -> None:
    assert assign_roles(run_of("loss", "lr", peak={"lr": 0.0})).lr is None
    assert assign_roles(run_of("loss", "lr", peak={"lr": np.nan})).lr is None


@pytest.mark.parametrize(
    ("tags", "accuracy", "val_accuracy", "grad_norm"),
    [
        (("acc", "val_acc", "grad_norm"), "acc", "val_acc", "grad_norm"),
        (("Train Acc.", "Valid Acc.", "gnorm"), "Train Acc.", "Valid Acc.", "gnorm"),
        (("accuracy/top1", "accuracy/top5"), "accuracy/top1", None, None),
        (("train_accuracies", "test_accuracies"), "train_accuracies", "test_accuracies", None),
        (("eval_top1", "eval_top5", "train/grad_norm"), None, "eval_top1", "train/grad_norm"),
        (("test_acc1", "grad_2.0_norm_total", "grad_2.0_norm/layer1"), None, "test_acc1", "grad_2.0_norm_total"),
        (("sparse_categorical_accuracy", "loss_norm"), "sparse_categorical_accuracy", None, None),
        (("inaccuracy", "val_f1"), None, None, None),
    ],
)
def test_other_parts(
    tags: tuple[str, ...], accuracy: str | None, val_accuracy: str | None, grad_norm: str | None
) -> None:
    roles = assign_roles(run_of(*tags))
    assert (roles.accuracy, roles.val_accuracy, roles.grad_norm) == (accuracy, val_accuracy, grad_norm)


def test_the_user_overrides_the_rules() -> None:
    run = run_of("loss", "loss_g", "Val/Other", "lr", "lr2")
    roles = assign_roles(run, loss="loss_g", val="val other", lr="lr2")
    assert (roles.loss, roles.val_loss, roles.lr) == ("loss_g", "Val/Other", "lr2")
    assert dict(roles.why) == {"loss": "--loss", "val_loss": "--val", "lr": "--lr"}


def test_an_unknown_name_lists_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"'trian_loss': the nearest are train_loss") as refusal:
        assign_roles(run_of("train_loss", "accuracy"), loss="trian_loss")
    assert "\n" not in str(refusal.value)


def test_a_name_that_fits_two_is_refused() -> None:
    run = run_of("Loss/train", "loss_train")
    assert find_series(run, "loss_train") == "loss_train"
    with pytest.raises(UsageError, match="Loss/train, loss_train"):
        find_series(run, "LOSS train")


@pytest.mark.parametrize("table", [LOSS_NAMES, LR_NAMES, GRAD_NORM_NAMES, ACCURACY_NAMES])
def test_no_name_stands_twice(table: tuple[frozenset[str], ...]) -> None:
    assert len(set(table)) == len(table)


SPELLINGS = st.sampled_from(["/", ".", "-", "_", " ", ": "])


@given(
    st.sampled_from([("train", "loss"), ("loss", "train"), ("learning", "rate"), ("val", "loss")]),
    SPELLINGS,
    st.booleans(),
)
def test_case_and_separators_do_not_matter(words: tuple[str, str], separator: str, upper: bool) -> None:
    tag = separator.join(words)
    tag = tag.upper() if upper else tag
    roles = assign_roles(run_of(tag))
    part = "lr" if "rate" in words else "val_loss" if "val" in words else "loss"
    assert getattr(roles, part) == tag


@given(st.lists(st.text(max_size=12), unique=True, max_size=6))
def test_any_tags_are_sorted_out_without_error(tags: list[str]) -> None:
    roles = assign_roles(run_of(*tags))
    assert {roles.loss, roles.val_loss, roles.lr, roles.grad_norm, roles.accuracy, roles.val_accuracy} <= {None, *tags}


@pytest.mark.parametrize(
    ("name", "loss", "lr"),
    [
        ("loss", True, False),
        ("val_loss", True, False),
        ("dice_loss", True, False),
        ("tr_loss", True, False),
        ("va_loss", True, False),
        ("xent", True, False),
        ("packet loss", False, False),
        ("lr", False, True),
        ("x/lr0", False, True),
        ("loss_scale", False, False),
        ("lr_decay", False, False),
        ("epoch", False, False),
    ],
)
def test_names_by_themselves(name: str, loss: bool, lr: bool) -> None:
    assert (is_loss_name(name), is_lr_name(name)) == (loss, lr)


def test_no_name_of_a_table_is_turned_down_by_its_letters() -> None:
    assert all(is_loss_name(" ".join(name)) for name in LOSS_NAMES)
    assert all(map(is_loss_name, ALIASES))
    assert all(is_lr_name(" ".join(name)) for name in LR_NAMES)
