"""A folder of runs, put into folders and archives."""

import io
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from lrdoctor.reading.load import read
from lrdoctor.records.run import path_as_named

Output = pytest.CaptureFixture[str]
CSV = ("step,train_loss\n" + "\n".join(f"{i},{2 - i / 50}" for i in range(40))).encode()
TREE = {
    "lr_0.1/metrics.csv": CSV,
    "lr_0.1/hparams.yaml": b"lr: 0.1\n",
    "lr_0.2/metrics.csv": CSV.replace(b"0,2", b"0,3"),
    "lr_0.2/hparams.yaml": b"lr: 0.2\n",
    "lr_0.2/checkpoints/epoch=1.ckpt": bytes(4000),
    "lr_0.2/weights": b"\0\1\2" * 40_000,
    ".git/metrics.csv": CSV,
    "train.py": b"pass",
}
RUNS = ["lr_0.1", "lr_0.2"]
FILES = ["lr_0.1/metrics.csv", "lr_0.2/metrics.csv"]


def tree(folder: Path, files: Mapping[str, bytes] = TREE) -> Path:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def zipped(path: Path, files: Mapping[str, bytes] = TREE) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(path: Path, files: Mapping[str, bytes] = TREE) -> Path:
    mode = {".tgz": "w:gz", ".gz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz", ".tar": "w"}[path.suffix]
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def places(path: str | Path) -> list[tuple[str, str]]:
    """Name and path of each run, as a report shows them."""
    return [(run.name, path_as_named(run.source.path)) for run in read(path)]
