"""What today's local-first trackers keep on this machine: Trackio's database, SwanLab's log."""

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from generation.formats.form import Form
from generation.formats.training import Training

# The tables that hold runs; the others, of traces and artifacts, are empty and take 180 kB.
TRACKIO_TABLES = frozenset({"metrics", "configs", "system_metrics", "project_metadata"})


def settings(training: Training) -> dict[str, object]:
    """What the run is configured with."""
    return {"lr": training.peak_lr, "optimizer": training.optimizer, "batch_size": training.batch_size}


def rows_by_step(training: Training) -> list[tuple[int, dict[str, float]]]:
    """What is logged at each step."""
    rows: dict[int, dict[str, float]] = {}
    told = [("train/loss", training.loss), ("val/loss", training.val_loss), ("lr", training.lr)]
    for tag, series in told:
        if series is not None:
            for step, value in zip(series.step, series.value, strict=True):
                rows.setdefault(int(step), {})[tag] = float(value)
    return sorted(rows.items())


def trackio(folder: Path, training: Training) -> None:
    """By Trackio's own client; the tables that hold no run are dropped afterwards, and what names this machine."""
    os.environ["TRACKIO_DIR"] = str(folder)
    import trackio

    trackio.init(project="digits", name="calm-owl-7", config=settings(training), auto_log_cpu=False)
    for step, row in rows_by_step(training):
        trackio.log(row, step=step)
    trackio.finish()
    with closing(sqlite3.connect(folder / "digits.db")) as database:
        parts = database.execute("SELECT type, name, tbl_name FROM sqlite_master ORDER BY type = 'table'").fetchall()
        for kind, name, table in parts:
            if not name.startswith("sqlite_") and (kind == "index" or table not in TRACKIO_TABLES):
                database.execute(f'DROP {kind.upper()} IF EXISTS "{name}"')
        database.execute("UPDATE metrics SET log_id = NULL")
        database.commit()
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("PRAGMA page_size = 1024")
        database.execute("VACUUM")
    for path in folder.iterdir():
        if path.suffix != ".db":
            path.unlink()


def swanlab(folder: Path, training: Training) -> None:
    """By SwanLab's own client in its local mode: the log and the settings, without what names this machine."""
    import swanlab

    with TemporaryDirectory() as work:
        swanlab.init(
            project="digits", experiment_name="calm-owl-7", mode="local", logdir=work, config=settings(training)
        )
        for step, row in rows_by_step(training)[::2]:
            swanlab.log(row, step=step)
        swanlab.finish()
        [log] = Path(work).glob("run-*/run-*.swanlab")
        files = folder / "files"
        files.mkdir()
        shutil.copyfile(log, folder / "run-calmowl7.swanlab")
        shutil.copyfile(log.parent / "files" / "config.yaml", files / "config.yaml")


FORMS = (
    Form("trackio", "well-tuned-wandb", "trackio", "trackio 0.43", True, trackio),
    Form("swanlab", "well-tuned-wandb", "swanlab", "swanlab 0.10, local mode", True, swanlab),
)
