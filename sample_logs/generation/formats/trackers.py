"""What experiment trackers and search tools store: MLflow's two stores, Optuna's journal, DeepOBS's results."""

import json
import os
import re
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from generation.formats.form import Form
from generation.formats.training import Training
from lrdoctor.records.run import Series

LR_EVERY = 15  # steps
# The tables that hold runs; the real schema has seventy, of other products, and an empty one takes 950 kB.
MLFLOW_TABLES = frozenset({"alembic_version", "experiments", "runs", "metrics", "latest_metrics", "params", "tags"})


def mlflow_files(folder: Path, training: Training) -> None:
    """By MLflow's client into `mlruns/`, a folder a run."""
    os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
    _log_to_mlflow((folder / "mlruns").as_uri(), training)
    shutil.rmtree(folder / "mlruns" / "0", ignore_errors=True)  # the default experiment, empty


def mlflow_sqlite(folder: Path, training: Training) -> None:
    """By MLflow's client into `mlflow.db`; the tables that hold no run are dropped afterwards."""
    path = folder / "mlflow.db"
    _log_to_mlflow(f"sqlite:///{path}", training)
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA foreign_keys = OFF")
        parts = database.execute("SELECT type, name, tbl_name FROM sqlite_master ORDER BY type = 'table'").fetchall()
        for kind, name, table in parts:
            # A constraint's own index goes with its table.
            if not name.startswith("sqlite_") and (kind != "table" or table not in MLFLOW_TABLES):
                database.execute(f'DROP {kind.upper()} IF EXISTS "{name}"')
        database.execute("DELETE FROM experiments WHERE experiment_id = 0")  # the default one, with a path
        database.commit()
        database.execute("PRAGMA page_size = 1024")
        database.execute("VACUUM")


def _log_to_mlflow(uri: str, training: Training) -> None:
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param

    client = MlflowClient(uri)
    # An address that holds no path of this machine.
    experiment = client.create_experiment("digits", artifact_location="mlflow-artifacts:/digits")
    start = 1_700_000_000_000
    run = client.create_run(experiment, start_time=start, run_name="calm-owl-7").info.run_id
    settings = {"learning_rate": training.peak_lr, "optimizer": training.optimizer, "batch_size": training.batch_size}
    every = 3 if len(training.loss) > 800 else 1
    lr = [(step, training.lr_at(step)) for step in range(0, training.steps, LR_EVERY)]
    metrics = [
        Metric(name, float(value), start + 100 * int(step), int(step))
        for name, points in (
            ("train/loss", _pairs(training.loss, every)),
            ("val/loss", _pairs(training.val_loss)),
            ("lr", lr),
        )
        for step, value in points
    ]
    client.log_batch(run, params=[Param(key, str(value)) for key, value in settings.items()])
    for begin in range(0, len(metrics), 1000):
        client.log_batch(run, metrics=metrics[begin : begin + 1000])
    client.set_terminated(run, end_time=start + 100 * training.steps)


def _pairs(series: Series | None, every: int = 1) -> list[tuple[float, float]]:
    return [] if series is None else list(zip(series.step[::every], series.value[::every], strict=True))


def optuna_journal(folder: Path, training: Training) -> None:
    """By Optuna's journal storage: one trial that reports its training loss, and fails where that is not finite."""
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(folder / "journal.log")))
    study = optuna.create_study(study_name="text8", storage=storage, direction="minimize")
    study.enqueue_trial({"lr": training.peak_lr, "optimizer": training.optimizer, "batch_size": training.batch_size})

    def objective(trial: Any) -> float:
        trial.suggest_float("lr", 1e-5, 10, log=True)
        trial.suggest_categorical("optimizer", ["SGD", "Adam", "AdamW", "SGD+momentum"])
        trial.suggest_int("batch_size", 16, 128)
        for step, loss in zip(training.loss.step, training.loss.value, strict=True):
            trial.report(float(f"{loss:.6g}"), int(step))
        return float(training.loss.value[-1])

    study.optimize(objective, n_trials=1)


def deepobs(folder: Path, training: Training) -> None:
    """In the shape of DeepOBS 1.1's runners, which need TensorFlow 1: one JSON object beside the path of settings."""
    every = int(training.loss.step[1] - training.loss.step[0])
    at = [epoch * training.steps_per_epoch for epoch in range(training.epochs + 1)]
    minibatches = [float(f"{value:.8g}") for value in training.loss.value]
    losses = [float(np.interp(step, training.loss.step, training.loss.value)) for step in at]
    val = training.val_loss
    results = {
        "train_losses": losses,
        "test_losses": losses if val is None else [float(np.interp(step, val.step, val.value)) for step in at],
        "minibatch_train_losses": minibatches,
        "optimizer": f"{training.optimizer}Optimizer",
        "testproblem": "digits_mlp",
        "weight_decay": None,
        "batch_size": training.batch_size,
        "num_epochs": training.epochs,
        "learning_rate": training.peak_lr,
        "lr_sched_epochs": None,
        "lr_sched_factors": None,
        "random_seed": 42,
        "train_log_interval": every,
        "hyperparams": {"beta1": 0.9, "beta2": 0.999, "epsilon": 1e-08},
    }
    optimizer = folder / "digits_mlp" / f"{training.optimizer}Optimizer"
    place = optimizer / f"num_epochs__{training.epochs}__batch_size__{training.batch_size}"
    place.mkdir(parents=True)
    (place / "random_seed__42__2019-02-13-17-56-54.json").write_text(json.dumps(results))


def clearml(folder: Path, training: Training) -> None:
    """The metrics of an offline session as ClearML's logger writes them; of `task.json` the settings alone.

    The rest of that file holds the script, its changes and the machine's packages.
    """
    os.environ["CLEARML_OFFLINE_MODE"] = "1"
    from clearml import Task

    Task.set_offline(offline_mode=True)
    task = Task.init("samples", "calm-owl-7", auto_connect_frameworks=False, auto_resource_monitoring=False)
    task.connect({"lr": training.peak_lr, "optimizer": training.optimizer, "batch_size": training.batch_size})
    logger = task.get_logger()
    for name, series, every in (("train", training.loss, 2), ("validation", training.val_loss, 1)):
        for step, value in _pairs(series, every):
            logger.report_scalar("loss", name, float(f"{value:.6g}"), int(step))
    session = Path(task.get_offline_mode_folder())
    task.close()
    metrics = (session / "metrics.jsonl").read_text()
    (folder / "metrics.jsonl").write_text(re.sub("offline-[0-9a-f]{32}", "offline-0", metrics))
    settings = json.loads((session / "task.json").read_text())
    kept = {key: settings[key] for key in ("name", "project_name", "type", "hyperparams")}
    (folder / "task.json").write_text(json.dumps(kept | {"id": "offline-0"}))
    shutil.rmtree(session, ignore_errors=True)


def comet(folder: Path, training: Training) -> None:
    """The messages of an offline experiment as Comet's writes them, unpacked."""
    os.environ["COMET_DISABLE_AUTO_LOGGING"] = "1"
    import comet_ml

    options = ("log_code", "log_graph", "log_git_metadata", "log_env_details", "parse_args", "auto_output_logging")
    off: dict[str, Any] = dict.fromkeys(options, False)
    experiment = comet_ml.OfflineExperiment(offline_directory=str(folder), display_summary_level=0, **off)
    settings = {"lr": training.peak_lr, "optimizer": training.optimizer, "batch_size": training.batch_size}
    experiment.log_parameters(settings)
    for name, series in (("train_loss", training.loss), ("val_loss", training.val_loss)):
        for step, value in _pairs(series):
            experiment.log_metric(name, float(f"{value:.6g}"), step=int(step))
    experiment.end()
    (archive,) = folder.glob("*.zip")
    with zipfile.ZipFile(archive) as packed:
        lines = packed.read("messages.json").decode().splitlines(keepends=True)
    archive.unlink()
    # Comet repeats the step as a parameter before each metric: half of the file.
    (folder / "messages.json").write_text("".join(line for line in lines if '"curr_step"' not in line))


FORMS = (
    Form("mlflow-files", "too-slow", "mlflow-files", "mlflow 3.17.2 file store", True, mlflow_files),
    Form("mlflow-sqlite", "diverged-to-nan", "mlflow-sqlite", "mlflow 3.17.2, mlflow.db", True, mlflow_sqlite),
    Form("optuna-storage", "diverged-rising", "optuna", "optuna 5.0.0 JournalStorage", True, optuna_journal),
    Form("clearml-offline", "too-slow", "clearml", "clearml 2.1.12, offline session", True, clearml),
    Form("comet-offline", "well-tuned", "comet", "comet_ml 3.58.8, OfflineExperiment", True, comet),
    Form("deepobs", "too-high", "deepobs", "DeepOBS 1.1's shape", False, deepobs),
)
