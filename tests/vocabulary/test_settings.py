"""The peak LR, the optimizer and the batch size, from settings, series and names."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lrdoctor.records.run import HParam, Run, Series, Source
from lrdoctor.vocabulary.roles import assign_roles
from lrdoctor.vocabulary.settings import batch_size, clipping, learning_rate, optimizer
from tests.runs import a_run


def run_of(
    hparams: Mapping[str, HParam], lr: Sequence[float] | None = None, *, tag: str = "lr", path: str = "run/metrics.csv"
) -> Run:
    series = {"loss": Series(np.arange(20.0), np.ones(20))}
    if lr is not None:
        series[tag] = Series(np.arange(float(len(lr))), np.array(lr))
    return Run("run", series, Source(Path(path), (), "table", "made by a test"), hparams)


CONFIGURED: list[tuple[dict[str, HParam], float | None, str]] = [
    ({"lr": 0.1}, 0.1, "hparams lr"),
    ({"learning_rate": "1e-4"}, 1e-4, "hparams learning_rate"),
    ({"optimizer/lr": 0.1, "lr": 0.2}, 0.2, "hparams lr"),
    ({"optim.lr": 0.1}, 0.1, "hparams optim.lr"),
    ({"optim/0/lr": 0.1, "optim/1/lr": 0.3}, 0.3, "hparams optim/1/lr"),
    ({"lr/0": 5e-4}, 5e-4, "hparams lr/0"),
    ({"lr": 1e-3, "max_lr": 1e-2}, 1e-2, "hparams max_lr"),
    ({"lr": 1e-3, "scheduler/max_lr": 1e-2}, 1e-2, "hparams scheduler/max_lr"),
    ({"scheduler/lr": 1e-5, "base_lr": 1e-3}, 1e-3, "hparams base_lr"),
    ({"learningRate": 0.1}, 0.1, "hparams learningRate"),
    ({"lr0": 0.01, "optimizer": "SGD"}, 0.01, "hparams lr0"),
    ({"lr0": 0.01, "optimizer": "auto"}, None, ""),
    ({"lr_decay": 0.1, "min_lr": 1e-5, "warmup_lr": 1e-6, "lr_scheduler": "cosine"}, None, ""),
    ({"lr": None, "learning_rate": True, "max_lr": "auto"}, None, ""),
    ({"config/adam_lr": 3e-3}, 3e-3, "hparams config/adam_lr"),
    ({"lr": 1e-3, "adam_lr": 3e-3}, 1e-3, "hparams lr"),
    ({"base_lr": 1e-3, "adam_lr": 3e-3}, 1e-3, "hparams base_lr"),
    ({"lr": 1e-3, "sgd_lr": 0.1, "optimizer": "SGD"}, 0.1, "hparams sgd_lr"),
    ({"lr": 1e-3, "adam_lr": 0.1, "optimizer": "AdamW"}, 1e-3, "hparams lr"),
    ({"max_lr": 1e-2, "adam_lr": 1e-3, "optimizer": "Adam"}, 1e-2, "hparams max_lr"),
    ({"muon_lr": 0.02, "adam_lr": 3e-4}, 0.02, "hparams muon_lr"),
    ({"adam_lr": 3e-4, "optimizer": "SomethingOfMine"}, None, ""),
    ({"adam_lr": 3e-4, "optimizer": None}, 3e-4, "hparams adam_lr"),
    ({"adam_lr": 0, "lr_adam": "auto"}, None, ""),
    ({"lr": 0.0}, None, ""),
    ({"lr": 10**400}, None, ""),
    ({"lr": -1.0}, None, ""),
    ({"lr": float("inf")}, None, ""),
    ({"lr": float("nan")}, None, ""),
]


@pytest.mark.parametrize(("hparams", "value", "source"), CONFIGURED)
def test_configured(hparams: dict[str, HParam], value: float | None, source: str) -> None:
    run = run_of(hparams)
    found = learning_rate(run, assign_roles(run))
    assert found == ((value, source) if value else (None, "neither a series nor a setting names the learning rate"))


RISE = [0.001 * (i + 1) for i in range(20)]
BOTH = [
    ("agree", 0.1, [0.1, 0.1, 0.05], 0.1, "hparams lr"),
    ("float32 noise", 3e-4, [0.0003000000142] * 3, 3e-4, "hparams lr"),
    ("the log's peak is higher", 0.001, [0.004, 0.008, 0.002], 0.008, "series lr (peak; hparams lr says 0.001)"),
    ("the log's peak is lower", 1.0, [0.1, 0.1, 0.1], 0.1, "series lr (peak; hparams lr says 1)"),
    ("warm-up not finished", 1.0, RISE, 1.0, "hparams lr (the log stops in the warm-up, at 0.02)"),
    ("warm-up finished lower", 1.0, [*RISE, *RISE[::-1]], 0.02, "series lr (peak; hparams lr says 1)"),
    ("still rising past the setting", 0.001, RISE, 0.02, "series lr (peak; hparams lr says 0.001)"),
    ("no setting", None, [0.0, 0.1, float("nan"), 0.05], 0.1, "series lr (peak)"),
]  # fmt: skip


@pytest.mark.parametrize(("hparam", "lr", "value", "source"), [c[1:] for c in BOTH], ids=[c[0] for c in BOTH])
def test_logged_against_configured(hparam: float | None, lr: list[float], value: float, source: str) -> None:
    run = run_of({"lr": hparam}, lr)
    assert learning_rate(run, assign_roles(run)) == (value, source)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("runs/lr=0.1000/metrics.csv", 0.1),
        ("runs/lr=0.0010", 0.001),
        ("sgd_lr1e-3.csv", 1e-3),
        ("b256__learning_rate_0.01__x/log.csv", 0.01),
        ("1.e-08__lr__1.e-03/seed.json", 1e-3),
        ("runs/lr2/metrics.csv", None),
        ("runs/colr0.5/metrics.csv", None),
        ("runs/lr_decay0.5/metrics.csv", None),
        ("logs_1e-4/progress.csv", 1e-4),
        ("wd_1e-4/progress.csv", None),
        ("logs_4/progress.csv", None),
        ("resnet20_lr_0_01/metrics.csv", 0.01),
        ("lr0_01_seed_3/metrics.csv", 0.01),
        ("sgd-lr-0-1-mom-0-9/metrics.csv", 0.1),
        ("lr0p003/metrics.csv", 0.003),
        ("lr_5e_4/metrics.csv", 5e-4),
        ("lr_1_5e_3/metrics.csv", 1.5e-3),
        ("optim.lr=0.01,seed=3/metrics.csv", 0.01),
        ("lr_0_01/seed_2/metrics.csv", 0.01),
        ("optim.lr=0.03,seed=3/csv/version_0/metrics.csv", 0.03),
        ("lr_0.1/resnet/metrics.csv", None),
        ("v_0_01/metrics.csv", None),
        ("lr_scheduler_0_1/metrics.csv", None),
        ("lr_0_20230501/metrics.csv", None),
        ("min_lr_1e-6/metrics.csv", None),
        ("lr_1_2/metrics.csv", None),
    ],
)
def test_from_the_name(path: str, value: float | None) -> None:
    run = run_of({}, path=path)
    assert learning_rate(run, assign_roles(run))[0] == value


def test_the_name_counts_last() -> None:
    run = run_of({"lr": 0.5}, path="lr=0.1/metrics.csv")
    assert learning_rate(run, assign_roles(run)) == (0.5, "hparams lr")


OPTIMIZERS: list[tuple[dict[str, HParam], str | None]] = [
    ({"optimizer": "Adam"}, "Adam"),
    ({"optim": "adamw_torch"}, "AdamW"),
    ({"optim": "paged_adamw_8bit"}, "AdamW"),
    ({"optim": "adamw_bnb_8bit"}, "AdamW"),
    ({"optim": "OptimizerNames.ADAMW_TORCH"}, "AdamW"),
    ({"optimizer": "NAdamW"}, "NAdam"),
    ({"optimizer": "torch.optim.RAdam"}, "RAdam"),
    ({"optimizer": "keras.optimizers.Adamax"}, "Adamax"),
    ({"opt": "sgd"}, "SGD"),
    ({"opt": "sgd", "momentum": 0.9}, "SGD+momentum"),
    ({"opt": "sgd", "momentum": 0}, "SGD"),
    ({"optimizer": "SGD", "optimizer/momentum": "0.9"}, "SGD+momentum"),
    ({"optimizer": "SGD", "nesterov": True}, "SGD+momentum"),
    ({"optimizer": "SGD(momentum=0.9)"}, "SGD+momentum"),
    ({"optimizer": "SGD (lr: 0.1, momentum: 0)"}, "SGD"),
    ({"optimizer/_target_": "torch.optim.AdamW"}, "AdamW"),
    ({"optimizer": "torch.optim.adamw.AdamW"}, "AdamW"),
    ({"optimizer": "<class 'torch.optim.adamw.AdamW'>"}, "AdamW"),
    ({"optimizer": "<keras.optimizers.adam.Adam object at 0x7f2>"}, "Adam"),
    ({"optimizer": "functools.partial(<class 'torch.optim.sgd.SGD'>, weight_decay=0.1)"}, "SGD"),
    ({"optimizer": "functools.partial(<class 'torch.optim.sgd.SGD'>, momentum=0.9)"}, "SGD+momentum"),
    ({"optimizer": "bitsandbytes.optim.PagedAdamW8bit"}, "AdamW"),
    ({"optimizer": "deepspeed.ops.adam.FusedAdam"}, "Adam"),
    ({"optimizer": "my_project.adam.Lamb"}, "LAMB"),
    ({"optimizer": "torch.optim.adam_notes.md"}, None),
    ({"optimizer/_component_": "torch.optim.AdamW", "loss/_component_": "torch.nn.MSELoss"}, "AdamW"),
    ({"model/optimizer/name": "rmsprop"}, "RMSprop"),
    ({"optimizer": "MomentumOptimizer"}, "SGD+momentum"),
    ({"optimizer": "AdagradOptimizer"}, "Adagrad"),
    ({"optimizer": "lion"}, "Lion"),
    ({"optimizer": "Adafactor", "momentum": 0.9}, "Adafactor"),
    ({"optimizer": "auto"}, None),
    ({"optimizer": "lamb"}, "LAMB"),
    ({"optimizer": "home-made"}, None),
    ({"optimizer": None}, None),
    ({"name": "adam"}, None),
    ({"adam_lr": 1e-3}, "Adam"),
    ({"adam_lr": 1e-3, "lr": 0.1}, None),
    ({"adam_lr": 1e-3, "optimizer": "SGD"}, "SGD"),
    ({"adam_lr": 1e-3, "optimizer": "SomethingOfMine"}, None),
    ({"sgd_lr": 0.1, "momentum": 0.9}, "SGD+momentum"),
    ({}, None),
]


@pytest.mark.parametrize(("hparams", "name"), OPTIMIZERS)
def test_optimizer(hparams: dict[str, HParam], name: str | None) -> None:
    assert optimizer(run_of(hparams)) == name


@pytest.mark.parametrize(
    ("tag", "name"), [("lr-AdamW/pg1", "AdamW"), ("lr-Adam", "Adam"), ("lr-SGD-momentum", "SGD+momentum"), ("lr", None)]
)
def test_optimizer_from_lightnings_tag(tag: str, name: str | None) -> None:
    assert optimizer(run_of({}, [0.9, 0.9], tag=tag)) == name


@pytest.mark.parametrize(
    ("hparams", "size"),
    [
        ({"batch_size": 32}, 32),
        ({"batch_size": "64"}, 64),
        ({"data/batch_size": 16, "batch_size": 32}, 32),
        ({"per_device_train_batch_size": 4, "gradient_accumulation_steps": 8}, 32),
        ({"batch_size": 8, "accumulate_grad_batches": 1}, 8),
        ({"global_batch_size": 512, "micro_batch_size": 4}, 512),
        ({"global_train_batch_size": 2048, "device_train_microbatch_size": 2}, 2048),
        ({"SOLVER/IMS_PER_BATCH": 16, "DATALOADER/NUM_WORKERS": 4}, 16),
        ({"max_sentences": 8, "update_freq": 4, "max_tokens": 4096}, 32),
        ({"eval_batch_size": 32}, None),
        ({"batch_size": "auto"}, None),
        ({"batch_size": -1}, None),
        ({"batch_size": True}, None),
    ],
)
def test_batch_size(hparams: dict[str, HParam], size: int | None) -> None:
    assert batch_size(run_of(hparams)) == size


@pytest.mark.parametrize(
    ("hparams", "norm"),
    [
        ({"max_grad_norm": 0.25}, 0.25),
        ({"trainer/gradient_clip_val": "1.0"}, 1.0),
        ({"max_grad_norm": 0.0}, None),
        ({"clip_value": 3.0}, None),
        ({}, None),
    ],
)
def test_the_clipping_norm_is_read_where_a_setting_names_it(hparams: dict[str, HParam], norm: float | None) -> None:
    assert clipping(replace(a_run([1.0, 2.0]), hparams=hparams)) == norm


@pytest.mark.parametrize("lr", [5e-324, 1e-31, 1e31])
def test_what_no_learning_rate_can_be_is_none(lr: float) -> None:
    run = replace(a_run([1.0, 2.0]), hparams={"lr": lr})
    assert learning_rate(run, assign_roles(run))[0] is None


@pytest.mark.parametrize(
    "beside",
    [
        {"description": "lr=0.5, batch size 7"},
        {"summary/lr": 1e-7, "summary/batch_size": 7},
        {"metrics/max_lr": 0.5, "results/optimizer": "SGD"},
        {"final_metrics/learning_rate": 0.0001, "final_metrics/train_batch_size": 7},
    ],
)
def test_a_result_is_neither_lr_nor_batch_size_nor_optimizer(beside: dict[str, HParam]) -> None:
    run = run_of({"learning_rate": 0.01, "batch": 32, "optim_name": "adamw", **beside})
    assert learning_rate(run, assign_roles(run)) == (0.01, "hparams learning_rate")
    assert (batch_size(run), optimizer(run)) == (32, "AdamW")
    alone = run_of(beside)
    assert learning_rate(alone, assign_roles(alone))[0] is None
