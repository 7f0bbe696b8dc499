"""Tables with a row a step, written and read."""

from pathlib import Path

from lrdoctor.reading.formats.generic import table
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source


def source_of(path: Path) -> Source:
    settings = tuple(p for p in (path.parent / "hparams.yaml", path.parent / "params.json") if p.exists())
    return Source(path, (path,), table.NAME, "made by a test", settings)


def read_all(path: Path) -> list[Run]:
    assert table.recognise(look(path)) is not None
    return table.read(source_of(path))


def read_one(path: Path) -> Run:
    (run,) = read_all(path)
    return run


def written(folder: Path, text: str, name: str = "metrics.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def points(run: Run, tag: str) -> list[tuple[float, float]]:
    return list(zip(run.series[tag].step.tolist(), run.series[tag].value.tolist(), strict=True))
