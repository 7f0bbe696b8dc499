"""Make all sweeps that have no file yet, several at a time; safe to stop and start again."""

import sys
import time
import traceback
import warnings
from concurrent.futures import ProcessPoolExecutor, as_completed
from fnmatch import fnmatch
from multiprocessing import get_context
from pathlib import Path

import torch

from benchmarks.corpus.build import Dropped, build
from benchmarks.corpus.sweep import Sweep
from benchmarks.corpus.sweeps import SWEEPS

DATA = Path(__file__).parent / "data"
DROPPED = DATA / "dropped.txt"


def make_one(sweep: Sweep) -> tuple[str, str, bool]:
    """Name, what came out, and whether it was dropped; runs in a process of its own."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)  # dying nets are full of denormals, which are slow
    warnings.filterwarnings("ignore", message=".*vmap.*")
    began = time.perf_counter()
    try:
        report = build(sweep, DATA / f"{sweep.name}.parquet")
    except Dropped as reason:
        return sweep.name, str(reason), True
    except Exception:  # noqa: BLE001  one bad row must not end a night's work
        return sweep.name, traceback.format_exc(limit=-3), False
    return sweep.name, f"{time.perf_counter() - began:.0f} s, {report}", False


def make(workers: int, only: str) -> None:
    """Train what has no file yet and was not dropped before."""
    names = [s.name for s in SWEEPS]
    if len(set(names)) < len(names):
        sys.exit(f"two sweeps have one name: {sorted({n for n in names if names.count(n) > 1})}")
    DATA.mkdir(exist_ok=True)
    dropped = {line.split(": ")[0] for line in DROPPED.read_text().splitlines()} if DROPPED.exists() else set()
    todo = [
        s
        for s in SWEEPS
        if fnmatch(s.name, only) and s.name not in dropped and not (DATA / f"{s.name}.parquet").exists()
    ]
    print(f"{len(todo)} of {len(names)} sweeps to make", flush=True)
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(make_one, s) for s in todo]):
            name, report, refused = done.result()
            print(time.strftime("%H:%M:%S"), name, "DROPPED" if refused else "", report, flush=True)
            if refused:
                with DROPPED.open("a") as f:
                    f.write(f"{name}: {report}\n")
