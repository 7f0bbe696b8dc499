"""Names of counters, of what results go by, of what is measured, and of losses that no training has."""

import pytest

from lrdoctor.vocabulary.result_words import (
    counts_epochs,
    counts_steps,
    counts_what_was_seen,
    is_axis,
    is_everyday_loss,
    is_of_machines,
    is_quantity,
    is_setting,
    is_size,
    prediction_pair,
)


@pytest.mark.parametrize("name", ["Epoch #", "epoch_num", "current_epoch", "Époque", "轮次"])
def test_counters_of_epochs(name: str) -> None:
    assert counts_epochs(name)


@pytest.mark.parametrize("name", ["best_epoch", "n_epochs", "num_epochs", "max_epoch", "epochs_trained", "loss"])
def test_epochs_that_do_not_count(name: str) -> None:
    assert not counts_epochs(name)


@pytest.mark.parametrize("name", ["n_iter", "batches_done", "grad_steps", "num_updates", "Iteration", "env_steps"])
def test_counters_of_steps(name: str) -> None:
    assert counts_steps(name)


@pytest.mark.parametrize(
    "name", ["step_ahead", "lead_steps", "forecast_step", "warmup_steps", "step_size", "time_per_step"]
)
def test_steps_that_do_not_count(name: str) -> None:
    assert not counts_steps(name)


def test_what_was_seen_may_be_counted() -> None:
    assert counts_what_was_seen("samples_seen")
    assert not counts_what_was_seen("sample_size")


@pytest.mark.parametrize(
    "name", ["lead_days", "Image_ID", "gaugeid", "hidden_dim", "noise_level", "Horizon (h)", "fold"]
)
def test_what_results_go_by(name: str) -> None:
    assert is_axis(name)


def test_what_is_measured() -> None:
    assert is_quantity("inlet_temperature")
    assert not is_quantity("grad_norm")
    assert is_of_machines("gpu_mem")
    assert not is_of_machines("loss")


def test_settings_that_stay() -> None:
    assert is_setting("dropout_rate")
    assert not is_setting("lr")
    assert is_size("batch_size")
    assert not is_size("loss")


@pytest.mark.parametrize(
    ("name", "everyday"),
    [("stop_loss", True), ("packet_loss", True), ("StopLoss", True), ("loss", False), ("val_loss", False)],
)
def test_losses_of_no_training(name: str, everyday: bool) -> None:
    assert is_everyday_loss(name) is everyday


def test_a_pair_of_truth_and_guess() -> None:
    assert prediction_pair(["id", "Y True", "y_pred", "loss"]) == ("Y True", "y_pred")
    assert prediction_pair(["step", "loss", "target_loss"]) is None
