"""Aim repositories for tests: what is looked at without Aim, and real ones by its library."""

import hashlib
import math
from pathlib import Path

from tests.sqlite_files import saved

TABLES = (
    "CREATE TABLE experiment (id INTEGER NOT NULL, uuid TEXT, name TEXT NOT NULL)",
    "CREATE TABLE run (id INTEGER NOT NULL, hash TEXT NOT NULL, name TEXT, experiment_id INTEGER, PRIMARY KEY (id))",
    "CREATE TABLE run_tag (run_id INTEGER NOT NULL, tag_id INTEGER NOT NULL)",
)
HASHES = ("7e9f2fc58d844e77a12269c7", "d9922423ab914c9dae9f5ff3", "9cda7102995c456c86793b5c")
STEPS = 40


def skeleton(folder: Path, hashes: tuple[str, ...] = HASHES) -> Path:
    """A repository that holds files called as RocksDB's, and nothing in them."""
    repository = folder / ".aim"
    repository.mkdir(parents=True)
    rows = [(place, run_hash, f"run {place}", None) for place, run_hash in enumerate(hashes)]
    saved(repository / "run_metadata.sqlite", TABLES, {"run": list(rows)})
    for run_hash in hashes:
        for kind in ("meta", "seqs"):
            own = repository / kind / "chunks" / run_hash
            own.mkdir(parents=True)
            for name in ("CURRENT", "MANIFEST-000004", "000008.log", "000009.sst", "LOCK", "LOG"):
                (own / name).write_text(f"{kind} {name}\n", encoding="utf-8")
    return repository


def loss(step: int, lr: float) -> float:
    """What the runs below log; NaN at the end of the one with the highest LR."""
    return math.nan if lr == 0.1 and step == STEPS - 1 else 2.3 * math.exp(-lr * step) + 0.1


def real(folder: Path, *, closed: bool = True) -> Path:
    """Three runs by Aim's own library."""
    from aim import Run

    for lr in (0.001, 0.01, 0.1):
        run = Run(repo=str(folder), system_tracking_interval=None, log_system_params=False, capture_terminal_logs=False)
        run.name = f"lr {lr}"
        run["hparams"] = {"lr": lr, "batch_size": 32, "optimizer": {"name": "sgd", "betas": [0.9, 0.99]}, "none": None}
        for step in range(STEPS):
            run.track(loss(step, lr), name="loss", step=2 * step, epoch=step // 10, context={"subset": "train"})
            run.track(lr, name="lr", step=2 * step)
            if step % 10 == 9:
                run.track(loss(step, lr) + 0.1, name="loss", step=2 * step, context={"subset": "val", "fold": 1})
        if closed:
            run.close()
    return folder / ".aim"


def digest(folder: Path) -> dict[str, tuple[int, str]]:
    """When every file was changed, and what it holds."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    folders = {str(path): (0, "folder") for path in folder.rglob("*") if path.is_dir()}
    return folders | {str(p): (p.stat().st_mtime_ns, hashlib.sha256(p.read_bytes()).hexdigest()) for p in files}
