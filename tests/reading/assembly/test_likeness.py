"""Curves that may be one are found without looking at every pair, and none is missed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from lrdoctor import batch
from lrdoctor.inference import sweep_members
from lrdoctor.measurement import case
from lrdoctor.reading import load as loading
from lrdoctor.reading.assembly import duplicates, likeness
from lrdoctor.reading.assembly.duplicates import MAX_ALL_PAIRS, drop_duplicate_runs, same_training
from lrdoctor.reading.assembly.likeness import Curve, pairs
from lrdoctor.reading.parsing import settings_files
from lrdoctor.records.run import Run, Series, Source
from lrdoctor.vocabulary import roles
from lrdoctor.vocabulary import settings as configuration
from tests.runs import falling


def log(file: str, losses: np.ndarray, step: np.ndarray, kind: str) -> Run:
    path = Path(file)
    return Run(path.stem, {"loss": Series(step, losses)}, Source(path, (path,), kind, "made by a test"))


def versions(rng: np.random.Generator, seed: int) -> list[Run]:
    """One training as several loggers tell it, and another like it."""
    n = int(rng.integers(30, 400))
    loss, step = falling(n, seed=seed), np.arange(n) * 10.0
    some = np.sort(rng.choice(n, n // 2, replace=False))
    broken = np.r_[loss[: n // 2], np.full(n - n // 2, np.nan)]
    return [
        log(f"o/{seed}a.csv", loss, step, "table"),
        log(f"o/{seed}b.csv", loss[some], step[some], "table"),
        log(f"o/{seed}c.json", np.round(loss, 4), step + 10, "json"),
        log(f"o/{seed}d.json", (loss * (1 + 5e-5))[::7], step[::7], "json"),
        log(f"o/{seed}e.json", np.float32(broken).astype(float), step, "json"),
        log(f"o/{seed}f.csv", broken, step, "table"),
        log(f"o/{seed}g.csv", loss + 2e-3, step, "table"),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_no_pair_is_missed_that_looking_at_all_would_find(seed: int) -> None:
    rng = np.random.default_rng(seed)
    runs = [run for k in range(6) for run in versions(rng, 100 * seed + k)]
    logs = [duplicates._Log(run, roles.assign_roles(run)) for run in runs]
    likely = duplicates._likely(logs, range(len(logs)))
    truly = {(a, b) for b in range(len(runs)) for a in range(b) if same_training(runs[a], runs[b])}
    assert len(truly) >= 6
    # What is looked at closely joins the same logs: a third one tells of the two whose steps are off by an interval.
    assert joined(truly & likely, len(runs)) == joined(truly, len(runs))


def joined(found: set[tuple[int, int]], count: int) -> list[int]:
    """For each log the first of those that pairs join with it."""
    first = list(range(count))
    for a, b in sorted(found) * count:
        first[a] = first[b] = min(first[a], first[b])
    return first


def test_few_pairs_are_looked_at_closely(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    really = duplicates._same

    def counted(one: duplicates._Log, other: duplicates._Log) -> bool:
        nonlocal looked
        looked += 1
        return really(one, other)

    monkeypatch.setattr(duplicates, "_same", counted)
    runs = [log(f"o/{k}.csv", falling(60, seed=k), np.arange(60.0), "table") for k in range(400)]
    copies = [replace(run, source=replace(run.source, path=Path(f"o/copy{k}.csv"))) for k, run in enumerate(runs[:5])]
    assert len(drop_duplicate_runs([*runs, *copies])) == 400
    assert looked <= 20


@pytest.mark.parametrize("kinds", [("table",), ("table", "json")])
def test_a_thousand_equal_logs_are_one(kinds: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    looked = 0
    really = duplicates._same

    def counted(one: duplicates._Log, other: duplicates._Log) -> bool:
        nonlocal looked
        looked += 1
        return really(one, other)

    monkeypatch.setattr(duplicates, "_same", counted)
    runs = [log(f"o/{k}.x", falling(60), np.arange(60.0), kinds[k % len(kinds)]) for k in range(1000)]
    (kept,) = drop_duplicate_runs(runs)
    assert looked < 3000
    assert sum(note.code == "twin" for note in kept.notes) == duplicates.NAMED + 1
    assert f"{999 - duplicates.NAMED} other logs" in kept.notes[-1].message


def test_dead_logs_at_many_lrs_are_looked_at_a_bounded_number_of_times() -> None:
    dead = 2.3 + 1e-3 * np.random.default_rng(0).normal(size=60)
    runs = [
        replace(log(f"o/{k}.csv", dead, np.arange(60.0), "table"), hparams={"lr": 1.3 ** (k - 100)}) for k in range(200)
    ]
    curves = [Curve(k, "loss", run.series["loss"].step, run.series["loss"].value) for k, run in enumerate(runs)]
    assert len(pairs(curves, curves, 0, 0)) <= len(runs) * (likeness.CLOSEST + 1)
    assert len(drop_duplicate_runs(runs)) == 200


def test_settings_are_parsed_once_a_file_and_roles_found_once_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: dict[str, int] = {}

    def count(where: object, name: str) -> None:
        really = getattr(where, name)

        def counted(*given: object, **options: object) -> object:
            calls[name] = calls.get(name, 0) + 1
            return really(*given, **options)

        monkeypatch.setattr(where, name, counted)

    runs = MAX_ALL_PAIRS + 20
    for k in range(runs):
        rows = "".join(f"{i},{v}\n" for i, v in enumerate(falling(40, seed=k)))
        (tmp_path / f"run_{k}.csv").write_text("step,loss\n" + rows)
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({f"key_{i}": i for i in range(50)} | {"lr": 0.1}))
    count(settings_files, "load_settings")
    count(loading, "assign_roles")
    count(case, "assign_roles")
    count(configuration, "_configured_lr")
    count(configuration, "_positive_integer")
    count(sweep_members, "_matters")
    report = batch.judge([str(tmp_path)], batch.Choice())
    assert len(report.diagnoses) == runs
    assert calls.pop("load_settings") == 1
    assert calls.pop("assign_roles") == runs
    assert calls.pop("_configured_lr") == 1
    assert calls.pop("_matters") <= 51
    assert calls.pop("_positive_integer") <= 3
    assert len({id(d.run.hparams) for d in report.diagnoses}) == 1


def test_a_settings_file_that_changes_between_loads_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("step,loss\n" + "".join(f"{i},{v}\n" for i, v in enumerate(falling(40))))
    for lr in (0.1, 0.2):
        (tmp_path / "config.yaml").write_text(f"lr: {lr}\n")
        (run,) = loading.load([tmp_path]).runs
        assert run.hparams["lr"] == lr


def test_the_series_that_the_user_names_tell_twins_too(tmp_path: Path) -> None:
    """By its own column the LR of both is one; by the one that the user names they are two runs."""
    rows = [(i, v) for i, v in enumerate(2.3 + 0.03 * np.random.default_rng(0).normal(size=60))]
    for name, rate in (("a", 0.1), ("b", 0.4)):
        (tmp_path / f"{name}.csv").write_text(
            "step,loss,lr,scale\n" + "".join(f"{i},{v},0.1,{rate}\n" for i, v in rows)
        )
    assert len(loading.load([tmp_path]).runs) == 1
    assert len(loading.load([tmp_path], lr="scale").runs) == 2
