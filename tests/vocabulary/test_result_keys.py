"""Which keys are results, by their names."""

import pytest

from lrdoctor.records.run import HParam
from lrdoctor.vocabulary.result_keys import in_results, is_result, is_text

RESULTS = (
    "final_metrics/val_loss final_metrics/lr throughput peak_memory_gb total_time_s best_acc test/acc eval/loss"
    " test_acc eval_loss summary/_step summary/train/loss summary/_runtime metrics/f1 results/bleu results.val_loss"
    " perplexity val_ppl tokens_per_sec train_samples_per_second total_flos global_step max_memory_allocated"
    " gpu_memory_gb runtime elapsed_seconds train_runtime walltime best_val_loss final_loss min_val_loss diverged mfu"
    " accuracy f1 val_error test/error top1 best_metric best_epoch psnr last_loss train/loss training_time_seconds"
    " gpu_hours steps_per_second"
)
SETTINGS = (
    "lr batch_size loss loss_fn loss/name loss_weight width weight_decay optimizer/weight_decay metric_for_best_model"
    " load_best_model_at_end memory_size mem_len precision norm layer_norm max_steps epochs epoch eval_steps rank"
    " eval/batch_size test_size val_split eval_batch_size num_train_epochs target_acc label_smoothing score_threshold"
    " reward_scale map_size dropout beta2 temperature momentum num_params d_model loss_scale eval_every warmup_steps"
    " max_seconds time_limit early_stopping_metric max_grad_norm min_lr speed_perturb train/dropout test/crop_size mse"
    " data/mean data/std clip_seconds max_duration segment_duration noise_std final_lr train/epochs error_bound model"
)


@pytest.mark.parametrize("key", RESULTS.split())
def test_results(key: str) -> None:
    assert is_result(key, 0.5)


@pytest.mark.parametrize("key", SETTINGS.split())
def test_settings(key: str) -> None:
    assert not is_result(key, 0.5)


CHOICES: list[tuple[str, HParam, bool]] = [
    ("train/loss", "mse", False),
    ("train/loss", "0.31", True),
    ("metrics/0", "accuracy", False),
    ("metrics/note", "fine", True),
    ("status", "FINISHED", True),
    ("use_accuracy", True, False),
    ("results/config/width", 64, False),
]


@pytest.mark.parametrize(("key", "value", "result"), CHOICES)
def test_a_word_under_the_name_of_a_quantity_is_a_choice(key: str, value: HParam, result: bool) -> None:
    assert is_result(key, value) == result


def test_sections_and_texts() -> None:
    assert in_results("summary/lr")
    assert not in_results("results/config/lr")
    assert not in_results("lr")
    assert is_text("meta/description")
    assert is_text("cmd")
    assert not is_text("label")
    assert not is_text("text_encoder")
