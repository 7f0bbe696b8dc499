"""Real tables with a row a step: what is read of each, what is refused or left to others."""

from pathlib import Path

import numpy as np
import pytest

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.generic import table
from lrdoctor.reading.parsing.head import look
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import learning_rate, optimizer
from tests.reading.formats.tables import read_all, read_one

AMOS, FASTMRI = "algoperf/amos_criteo_t1", "algoperf_pairs/baseline_fastmri_jax_trial_1"
# file, axis, loss tag, its points, first and last step, validation tag, LR and where it was found
REAL = [
    ("lightning_csv/slm_v0/metrics.csv", "step", "train_loss_step", 2814, (49, 140699), "val_loss", 2.363e-4),
    ("lightning_csv/slm_v12/metrics.csv", "step", "train_loss_step", 641, (49, 32049), None, 5e-6),
    ("lightning_csv/slm_v5/metrics.csv", "step", "train_loss_step", 1126, (140749, 196999), "val_loss", 2.363e-4),
    ("lightning_csv/turngpt_v0/metrics.csv", "step", "loss", 50, (49, 2499), None, 6.25e-5),
    ("generated/lightning_csv_gen/version_0/metrics.csv", "step", "train_loss_step", 12, (4, 59), "val_loss", 1e-3),
    ("keras_csvlogger/abijith/training_log.csv", "epoch", "loss", 10, (0, 9), "val_loss", 1e-4),
    ("keras_csvlogger/charvi/training_log.csv", "epoch", "train_loss", 40, (1, 40), "val_loss", None),
    ("keras_history_csv/amiryunus/history.csv", "epoch", "loss", 156, (0, 155), "val_loss", None),
    ("keras_history_csv/birds/history.csv", "row", "loss", 10, (0, 9), "val_loss", None),
    ("edge_headerless_csv/train_loss.csv", "row", "train_loss", 20, (0, 19), None, None),
    ("edge_headerless_csv/val_loss.csv", "row", None, 0, (0, 0), "val_loss", None),
    ("edge_pandas_index_csv/train_loss.csv", "epoch", "total_loss", 16, (0, 15), None, None),
    ("bearpaw_logger/log.txt", "epoch", "Train Loss", 2, (1, 2), "Valid Loss", 1e-3),
    ("openai_logger_diffusion/logs_1e-4/progress.csv", "step", "loss", 1039, (0, 10380), None, 1e-4),
    ("openai_baselines_logger/run1/progress.csv", "frame", None, 0, (0, 0), None, None),
    ("sb3/progress.csv", "time/total_timesteps", "train/loss", 102, (10, 1020), None, 3e-4),
    (f"{AMOS}/measurements.csv", "global_step", "train/loss", 64, (1, 10172), "validation/loss", None),
    (f"{AMOS}/eval_measurements.csv", "global_step", "train/loss", 64, (1, 10172), "validation/loss", None),
    (f"{FASTMRI}/measurements.csv", "global_step", "loss", 78, (0, 7700), "validation/loss", None),
    ("ultralytics/fire_v8_2023/results.csv", "epoch", None, 0, (0, 0), None, 0.0091522),
    ("ultralytics/vehicle_v8_2024/results.csv", "epoch", None, 0, (0, 0), None, 8.11961e-4),
    ("yolov5/lego/results.csv", "epoch", None, 0, (0, 0), None, 0.0095836),
    ("generated/timm_summary.csv", "epoch", "train_loss", 12, (0, 11), "eval_loss", 0.1),
    ("generated/ray/lr=0.1000/progress.csv", "training_iteration", "loss", 20, (1, 20), None, 0.1),
    ("dvclive/densegpt/plots/metrics/loss.tsv", "step", "loss", 14, (0, 13), None, None),
]


@pytest.mark.parametrize(("file", "axis", "loss", "count", "steps", "val", "lr"), REAL, ids=[case[0] for case in REAL])
def test_real_logs(
    real_logs: Path,
    file: str,
    axis: str,
    loss: str | None,
    count: int,
    steps: tuple[int, int],
    val: str | None,
    lr: float | None,
) -> None:
    run = read_one(real_logs / file)
    roles = assign_roles(run)
    assert (run.step_axis, roles.loss, roles.val_loss) == (axis, loss, val)
    if loss is not None:
        assert len(run.series[loss]) == count
        assert tuple(run.series[loss].step[[0, -1]]) == steps
        assert np.isfinite(run.series[loss].value).all()
    found, _ = learning_rate(run, roles)
    assert found == (None if lr is None else pytest.approx(lr, rel=1e-3))


def test_real_logs_in_detail(real_logs: Path) -> None:
    lightning = read_one(real_logs / "generated/lightning_csv_gen/version_0/metrics.csv")
    assert optimizer(lightning) == "AdamW"
    assert assign_roles(lightning).lr == "lr-AdamW/pg1"
    continued = read_one(real_logs / "keras_history_csv/amiryunus/history.csv")
    assert [note.code for note in continued.notes] == ["restart"]
    yolo = read_one(real_logs / "yolov5/lego/results.csv")
    assert assign_roles(yolo).why["loss"].startswith("only parts")


@pytest.mark.parametrize(
    "file",
    [
        "keras_csvlogger/charlie/training_log.csv",
        "wandb_table/lucas/metrics.csv",
        "algoperf_pairs/baseline_imagenet_vit_jax_trial_1/eval_measurements.csv",
    ],
)
def test_real_refusals(real_logs: Path, file: str) -> None:
    with pytest.raises(UnreadableError):
        read_all(real_logs / file)


@pytest.mark.parametrize(
    "file",
    [
        "build_nanogpt/log/log.txt",
        "openai_baselines_logger/run1/log.txt",
        "openai_logger_diffusion/logs_test_2e-5/progress.csv",
        "optuna/simeon/optuna_all_trials.csv",
        "text_custom/anarayan/train.log",
        "wandb_chart/evergreentree/cifar10.csv",
        "wandb_table/bowen/wandb_export.csv",
        "wandb_table/lucas/wandb_export.csv",
        "tb_ui_csv/subclass-mixed-input-subclass_train-tag-epoch_loss.csv",
        "llamafactory/ramey/trainer_log.jsonl",
        "mmengine/pose_20230605/20230605_200941.log",
        "megatron/meg_gpt2_base_n8_dp1_tp4_pp8-1809562.out",
        "lightning_csv/slm_v0/hparams.yaml",
    ],
)
def test_real_files_left_to_others(real_logs: Path, file: str) -> None:
    assert table.recognise(look(real_logs / file)) is None
