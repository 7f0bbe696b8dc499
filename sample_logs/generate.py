"""Remake the sample logs: `python sample_logs/generate.py [NAME ...]`.

Each sample is a real training whose learning rate was placed by a real sweep of that very recipe (see
`generation/sweeps.py`): in the band's middle, at least 0.7 decades below its lower edge, or at least 0.5 above its
upper edge.  So what a diagnosis must say is known before any analysis reads the log; it is written to
`expected.json` and to the table in `README.md`.  Everything is seeded; sweeps are kept under `.sweeps`.

Needs torch, lightning, wandb, tensorboard and scikit-learn (the dependency group `samples`, and `bench`).
"""

import json
import math
import os
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from generation import readme
from generation.sample import GONE, HIGH, SLOW, WELL, Sample
from generation.samples import SAMPLES
from generation.sweeps import CACHE, Sweep, blew_up, judged, sweep
from generation.training import Point

HERE = Path(__file__).resolve().parent
SEED = 2  # neither of the sweep's: the sample is a run the sweep has not seen
LARGEST = 200_000  # bytes a sample may have


class MisplacedError(Exception):
    """A sample's learning rate does not give the verdict it was made for."""


def check_clipping(sample: Sample, points: Sequence[Point]) -> None:
    """Hold the share of the steps whose gradients were clipped against what the sample is for."""
    if sample.recipe.clip is None:
        return
    share = sum(p.grad_norm > sample.recipe.clip for p in points) / len(points)
    least, most = sample.clipped
    if not least <= share <= most:
        raise MisplacedError(f"the gradients were clipped in {share:.0%} of the steps, not {least:.0%} to {most:.0%}")


def check_place(sample: Sample, found: Sweep, points: Sequence[Point]) -> None:
    """Hold the learning rate, and the run it gave, against the sweep's labels."""
    low, high = (math.log10(sample.lr / edge) for edge in found.band)
    regret, gone = found.regret(judged(points)), blew_up([p.loss for p in points])
    right = {
        SLOW: low <= -0.7 and regret > found.limit,
        WELL: low >= 0.2 and high <= -0.2 and regret <= found.limit and not gone,
        HIGH: high >= 0.5 and regret > found.limit and not gone,
        GONE: high >= 0.5 and gone,
    }
    truths = [word for word in sample.allowed if word in right] or [WELL]
    if found.edge or not any(right[word] for word in truths):
        raise MisplacedError(
            f"not {' or '.join(truths)}: LR {sample.lr:g}, band {found.band[0]:g} to {found.band[1]:g}"
            f"{' (touches the grid end)' if found.edge else ''}, regret {regret:.3f}, blew up: {gone}"
        )


def make(name: str) -> dict[str, Any]:
    """Write one sample, check it, and give its line of `expected.json`."""
    sample, folder, made = SAMPLES[name], HERE / name, CACHE / "made" / name
    found = sweep(sample.recipe)
    shutil.rmtree(made, ignore_errors=True)
    points = sample.write(made, sample.recipe, sample.lr, SEED)
    check_place(sample, found, points)
    check_clipping(sample, points)
    size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
    if size > LARGEST:
        raise MisplacedError(f"{size} bytes are more than {LARGEST}")
    regret = found.regret_at(sample.lr)
    print(f"{name}: {sample.allowed[0]}, band {found.band}, regret {regret:.3f}, {size / 1000:.0f} kB", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    made.rename(folder)
    return {
        "verdict": list(sample.allowed),
        "findings": list(sample.findings),
        "band": list(found.band),
        "lr": sample.lr,
        "best": found.best,
        "regret": round(regret, 3) if regret < 9 else None,
        "regret_of_this_run": round(own, 3) + 0.0 if (own := found.regret(judged(points))) < 9 else None,
        "writer": sample.writer,
        "made": sample.recipe.described() + (f"; {sample.note}" if sample.note else ""),
    }


def replace_text(path: Path, text: str) -> None:
    """Write a file so that no reader ever sees half of it."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text)
    new.replace(path)


def main(names: Sequence[str]) -> None:
    """Make the named samples, or all, and bring `expected.json` and the README's table up to date."""
    os.nice(19)
    torch.set_num_threads(1)
    socket.gethostname = lambda: "localhost"  # event files are named after the machine
    listing = HERE / "expected.json"
    expected = json.loads(listing.read_text()) if listing.exists() else {}
    for name in names or SAMPLES:
        expected[name] = make(name)
        ordered = {name: expected[name] for name in SAMPLES if name in expected}
        replace_text(listing, json.dumps(ordered, indent=1) + "\n")
        replace_text(HERE / "README.md", readme.updated((HERE / "README.md").read_text(), ordered))


if __name__ == "__main__":
    main(sys.argv[1:])
