"""The files that are mutated: the samples, each with what lies beside it, and some of them packed."""

import gzip
import hashlib
import io
import os
import tarfile
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lrdoctor.reading.discovery.discover import discover

SAMPLES = Path(__file__).parents[2] / "sample_logs"
LARGEST = 300_000  # bytes: of larger files hardly a mutation hits what matters
BESIDE = 6  # other files of the same log
CHECKED = frozenset({"tensorboard", "wandb-offline"})  # formats with a checksum on every record
PACKED, SETTINGS = "packed", "settings"  # stand for a reader's name


@dataclass(frozen=True)
class Seed:
    """One file to mutate.

    Args:
        reader: the name of the reader that takes it, `PACKED`, or `SETTINGS` beside a log.
        place: where it lies below a folder, such as `run/metrics.csv`.
        data: its bytes.
        beside: other files that belong to it, by place.
        named: whether the file is what a user names, and not the folder.
    """

    reader: str
    place: str
    data: bytes
    beside: tuple[tuple[str, bytes], ...] = ()
    named: bool = False


def seeds(more: Sequence[Path] = ()) -> list[Seed]:
    """All seeds, in an order that does not change: the samples', then those of other folders."""
    folders = [*sorted(SAMPLES.iterdir()), *sorted((SAMPLES / "formats").iterdir())]
    for folder in more:
        folders += sorted(folder.iterdir())
    named = [folder for folder in folders if folder.is_dir() and folder.name not in {"formats", "generation"}]
    return [*_of(named), *_packed()]


def digest(of: Iterable[Seed]) -> str:
    """A word that is another one once the seeds are."""
    whole = hashlib.sha256()
    for seed in of:
        whole.update(f"{seed.reader} {seed.place} {len(seed.data)} ".encode("utf-8", "surrogateescape") + seed.data)
    return whole.hexdigest()[:12]


def _of(folders: Iterable[Path]) -> list[Seed]:
    found: list[Seed] = []
    for folder in folders:
        for source in discover(folder).sources:
            small = [path for path in source.files if path.stat().st_size <= LARGEST]
            top = Path(os.path.commonpath([folder.parent, source.path.parent]))
            data = {path: path.read_bytes() for path in (*small[:BESIDE], *source.companions)}
            for path in small[:BESIDE]:
                # A restart's second file drops values of the first: what a checked file holds is told by itself alone.
                others = source.companions if source.format in CHECKED else [other for other in data if other != path]
                beside = tuple((other.relative_to(top).as_posix(), data[other]) for other in others)
                found.append(Seed(source.format, path.relative_to(top).as_posix(), data[path], beside))
            for path in source.companions:
                beside = tuple((other.relative_to(top).as_posix(), data[other]) for other in data if other != path)
                found.append(Seed(SETTINGS, path.relative_to(top).as_posix(), data[path], beside))
    return found


def _packed() -> list[Seed]:
    log = next(SAMPLES.glob("three-points-only/metrics.csv")).read_bytes() * 3
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a/metrics.csv", "b/metrics.csv", "b/hparams.yaml", "c/x.pt"):
            archive.writestr(zipfile.ZipInfo(name), log)
    tarred = io.BytesIO()
    with tarfile.open(fileobj=tarred, mode="w") as archive_:
        for name in ("a/metrics.csv", "b/metrics.csv", "b/hparams.yaml"):
            member = tarfile.TarInfo(name)
            member.size = len(log)
            archive_.addfile(member, io.BytesIO(log))
    # Compressed, a changed byte would hardly ever get as far as the tar inside: both.
    return [
        Seed(PACKED, "logs.zip", made.getvalue(), named=True),
        Seed(PACKED, "logs.tar", tarred.getvalue(), named=True),
        Seed(PACKED, "logs.tgz", gzip.compress(tarred.getvalue(), mtime=0), named=True),
        Seed(PACKED, "metrics.csv.gz", gzip.compress(log, mtime=0), named=True),
    ]
