"""What a folder of many runs costs, with a large settings file beside them and without."""

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SIZES = (10, 100, 1000)
REPEATS = 3
SETTINGS = 400_000  # bytes
POINTS = 200


def settings_text(size: int = SETTINGS) -> str:
    """Nested settings of about `size` bytes, an LR, an optimizer and a batch size among them."""
    rng = random.Random(0)  # noqa: S311 - no secret
    lines = ["optimizer: adam", "batch_size: 64", "weight_decay: 1.0e-4"]
    written = 0
    for block in range(size):
        added = [f"block_{block}:", *(f"  option_{i}: {rng.random():.6f}" for i in range(20))]
        written += sum(len(line) + 1 for line in added)
        if written > size:
            break
        lines += added
    return "\n".join(lines) + "\n"


def make_runs(folder: Path, count: int) -> None:
    """So many tables of 200 losses in one folder, at LRs from 1e-4 to 1e-1."""
    folder.mkdir(parents=True, exist_ok=True)
    step = np.arange(0, 10 * POINTS, 10)
    for i in range(count):
        rng = np.random.default_rng(i)
        lr = 10 ** rng.uniform(-4, -1)
        loss = 0.3 + 2 * (1 + 300 * lr * step) ** -0.7 + 0.02 * rng.normal(size=POINTS)
        rows = "".join(f"{s},{v:.6f},{lr:.4g}\n" for s, v in zip(step, loss, strict=True))
        (folder / f"run_{i:04}.csv").write_text("step,loss,lr\n" + rows)


def seconds(folder: Path, out: Path) -> tuple[float, float, float]:
    """Processor seconds, peak memory (MiB) and megabytes written by `lrdoctor diagnose FOLDER -o OUT` on its own."""
    command = [sys.executable, "-m", "lrdoctor", "diagnose", str(folder), "-q", "-o", str(out)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    measured = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:]).returncode;"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(done)"
    )
    done = subprocess.run([sys.executable, "-c", measured, *command], check=True, capture_output=True, text=True)  # noqa: S603
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took, int(done.stdout.split()[-1]) / 1024, out.stat().st_size / 1e6


def folder_table(sizes: tuple[int, ...] = SIZES, repeats: int = REPEATS) -> str:
    """Runs in one folder: processor seconds without and with a 400 kB `config.yaml`, in turn, and their ratio."""
    rows = [
        "| runs | format | without, CPU s | with, CPU s | ratio | peak memory, MiB | report, MB |",
        "|---:|---|---:|---:|---:|---:|---:|",
    ]
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as where:
        for count in sizes:
            plain, beside = Path(where, f"{count}"), Path(where, f"{count}-settings")
            make_runs(plain, count)
            make_runs(beside, count)
            (beside / "config.yaml").write_text(settings_text())
            for format_ in ("json", "html") if count <= 100 else ("json",):
                pairs = [[seconds(f, Path(where, f"r.{format_}")) for f in (plain, beside)] for _ in range(repeats)]
                ratios = sorted(b[0] / a[0] for a, b in pairs)
                (a, memory_a, size_a), (b, memory_b, size_b) = (
                    np.median([p[k] for p in pairs], axis=0) for k in (0, 1)
                )
                ratio = f"{np.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
                rows.append(
                    f"| {count:,} | {format_} | {a:.1f} | {b:.1f} | {ratio} "
                    f"| {memory_a:.0f}, {memory_b:.0f} | {size_a:.1f}, {size_b:.1f} |"
                )
                print(rows[-1], file=sys.stderr, flush=True)
    print(f"{time.perf_counter() - began:.0f} s in all", file=sys.stderr)
    return "\n".join(rows)
