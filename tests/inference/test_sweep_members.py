"""Which runs are taken for a sweep."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.inference.sweep_members import Group, differences, find_groups
from lrdoctor.measurement.case import Case, examine
from lrdoctor.reading.load import load
from lrdoctor.records.run import HParam, Run, Source
from tests.runs import a_run, falling

SAMPLES = Path(__file__).parents[2] / "sample_logs"
RICH: Mapping[str, HParam] = {"width": 64, "batch_size": 32, "dataset": "digits", "weight_decay": 0.01}


def run(lr: float, name: str, hparams: Mapping[str, HParam] = RICH, folder: str = "runs") -> Run:
    made = a_run(falling(60), lr=lr, name=name)
    path = Path(folder) / name
    return replace(made, hparams={**made.hparams, **hparams}, source=Source(path, (path,), "table", "a test"))


def found(*runs: Run, min_lrs: int = 3) -> list[Group]:
    return find_groups([examine(one) for one in runs], min_lrs)


def test_runs_that_differ_in_lr_alone_are_a_sweep() -> None:
    (group,) = found(run(1e-2, "b"), run(1e-4, "a"), run(1e-3, "c"))
    assert group.members == (1, 2, 0)
    assert group.title == "Adam, batch size 32"
    assert group.differs == ()


def test_two_sweeps_in_one_folder_are_kept_apart() -> None:
    wide = {**RICH, "width": 512}
    both = found(*(run(lr, f"{w}{lr}", h) for w, h in (("a", RICH), ("b", wide)) for lr in (1e-4, 1e-3, 1e-2)))
    assert [group.members for group in both] == [(0, 1, 2), (3, 4, 5)]
    assert [group.apart for group in both] == [(("width", "64"),), (("width", "512"),)]


@pytest.mark.parametrize("key", ["seed", "run_name", "output_dir", "wandb/id", "min_lr", "scheduler/eta_min", "lr_end"])
def test_what_is_no_setting_of_the_training_or_follows_the_lr_does_not_separate(key: str) -> None:
    runs = [run(lr, f"r{k}", {**RICH, key: k}) for k, lr in enumerate((1e-4, 1e-3, 1e-2))]
    (group,) = found(*runs)
    assert group.differs == ((("seed", ("0", "1", "2")),) if key == "seed" else ())


def test_fewer_lrs_than_asked_are_none() -> None:
    pair = run(1e-3, "a"), run(1e-2, "b")
    assert found(*pair) == []
    assert len(found(*pair, min_lrs=2)) == 1
    assert found(run(1e-3, "a"), run(1e-3, "b"), run(1e-3, "c"), min_lrs=2) == []


@pytest.mark.parametrize(
    ("names", "folders", "sweep"),
    [
        (("adam_lr1e-4", "adam_lr1e-3", "adam_lr1e-2"), ("runs",) * 3, True),
        (("metrics.csv",) * 3, ("x/lr_0.0001", "x/lr_0.001", "x/lr_0.01"), True),
        (("cat", "dog", "bird"), ("runs",) * 3, False),
        (("adam_lr1e-4", "adam_lr1e-3", "adam_lr1e-2"), ("a", "b", "c"), False),
    ],
)
def test_a_log_with_few_settings_must_be_called_alike_too(
    names: tuple[str, ...], folders: tuple[str, ...], sweep: bool
) -> None:
    runs = [run(lr, n, {}, f) for lr, n, f in zip((1e-4, 1e-3, 1e-2), names, folders, strict=True)]
    assert bool(found(*runs)) == sweep


def test_runs_without_lr_or_loss_take_no_part() -> None:
    blind = replace(a_run(falling(60), lr=None, name="d"), hparams=dict(RICH))
    cases: list[Case] = [examine(r) for r in (run(1e-4, "a"), run(1e-3, "b"), run(1e-2, "c"), blind)]
    (group,) = find_groups(cases)
    assert 3 not in group.members


def test_differences_name_settings_and_values() -> None:
    runs = [run(1e-3, "a", {**RICH, "width": 64}), run(1e-2, "b", {**RICH, "width": 128, "amp": True})]
    assert differences(runs) == (("amp", ("None", "True")), ("width", ("64", "128")))


def test_the_sample_sweeps_are_found_and_nothing_else() -> None:
    runs = load([str(SAMPLES)]).runs
    titles = {group.title: len(group.members) for group in find_groups([examine(r) for r in runs])}
    assert titles == {"Adam, batch size 64": 6, "AdamW, batch size 64": 3, "SGD+momentum, batch size 64": 3}


def test_each_optimizer_of_two_sweeps_gets_its_own_answer() -> None:
    from lrdoctor.inference.sweep import find_sweeps
    from lrdoctor.inference.tables import load_tables
    from lrdoctor.pipeline import infer_diagnosis

    tables = load_tables()
    cases = [examine(r) for r in lrdoctor.read(SAMPLES / "two-sweeps")]
    adamw, sgd = find_sweeps(cases, [infer_diagnosis(c, tables) for c in cases], tables)
    for sweep, low, high in ((adamw, 6.3e-4, 0.063), (sgd, 0.01, 0.4)):
        assert sweep.suggested_lr is not None
        assert low <= sweep.suggested_lr <= high
        assert sweep.reach[1] > 0.8
        assert sweep.best is not None
        assert sweep.best.inside > 0.7


def test_seeds_are_one_sweep_however_they_are_told_apart() -> None:
    named = [run(lr, f"lr{lr:g}_s{seed}", {}) for lr in (1e-4, 1e-3, 1e-2) for seed in range(3)]
    (group,) = found(*named)
    assert len(group.members) == 9


def test_a_user_who_says_it_is_a_sweep_is_believed() -> None:
    cases = [examine(run(lr, name, {})) for lr, name in ((1e-4, "cat"), (1e-3, "dog"), (1e-2, "bird"))]
    assert find_groups(cases) == []
    (group,) = find_groups(cases, 2, assume_sweep=True)
    assert group.members == (0, 1, 2)


BESIDE: list[tuple[str, tuple[HParam, ...]]] = [
    ("final_metrics/val_loss", (2.1, 2.0, 2.2)),
    ("throughput", (51000.5, 50800.1, 51200.9)),
    ("peak_memory_gb", (11.2, 11.1, 11.3)),
    ("description", ("with lr=0.0001", "with lr=0.001", "with lr=0.01")),
    ("summary/best_acc", (0.4, 0.5, 0.3)),
    ("note", ("first", "second one", "oh no")),
    ("git_sha", ("a1", "b2", "c3")),
    ("optimizer_spec", ("Adam(lr=0.0001)", "Adam(lr=0.001)", "Adam(lr=0.01)")),
    ("eta_floor", (1e-5, 1e-4, 1e-3)),
    ("floor", (1e-5, 1e-4, 1e-3)),
    ("model_name", ("vit_lr0.0001", "vit_lr0.001", "vit_lr0.01")),
    ("zzz", (1.234567, 1.245678, 1.356789)),
    ("val_loss", (2.1, 2.0, 2.2)),
    ("status", ("FINISHED", "FAILED", "FINISHED")),
]


@pytest.mark.parametrize(("key", "values"), BESIDE)
def test_results_and_what_follows_from_the_lr_are_no_settings(key: str, values: tuple[HParam, ...]) -> None:
    lrs = (1e-4, 1e-3, 1e-2)
    (group,) = found(*(run(lr, f"r{k}", {**RICH, key: values[k]}) for k, lr in enumerate(lrs)))
    assert group.members == (0, 1, 2)
    assert group.differs == ()


APART: list[tuple[str, tuple[HParam, ...]]] = [
    ("batch_size", (32, 64, 128)),
    ("batch_size", (32, 320, 3200)),
    ("weight_decay", (1e-4, 1e-3, 1e-2)),
    ("width", (64, 128, 256)),
    ("optimizer", ("adam", "sgd", "lion")),
    ("dropout", (0.1, 0.2, 0.3)),
    ("model_name", ("resnet18", "resnet50", "vit")),
    ("dataset_name", ("mnist", "cifar10", "svhn")),
    ("epochs", (10, 20, 40)),
    ("loss_fn", ("mse", "l1", "huber")),
    ("train/loss", ("mse", "l1", "huber")),
    ("label_smoothing", (0.1, 0.05, 0.2)),
    ("loss_weight", (0.1, 0.5, 1.0)),
    ("use_ema", (True, False, None)),
]


@pytest.mark.parametrize(("key", "values"), APART)
def test_runs_that_differ_in_a_setting_are_no_sweep(key: str, values: tuple[HParam, ...]) -> None:
    lrs = (1e-4, 1e-3, 1e-2)
    assert found(*(run(lr, f"r{k}", {**RICH, key: values[k]}) for k, lr in enumerate(lrs))) == []


def test_two_sweeps_with_results_beside_are_kept_apart() -> None:
    both = found(
        *(
            run(lr, f"{width}{lr}", {**RICH, "width": width, "final/acc": lr * width, "zzz": 1.234567 + lr * width})
            for width in (64, 512)
            for lr in (1e-4, 1e-3, 1e-2)
        )
    )
    assert [group.members for group in both] == [(0, 1, 2), (3, 4, 5)]
