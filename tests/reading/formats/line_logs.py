"""What the tests of readers of line-by-line logs share: writing a log, reading it, damaging it."""

from collections.abc import Iterator
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Run, Source


def written(folder: Path, text: str | bytes, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def knows(reader: Reader, path: Path) -> bool:
    return reader.recognise(look(path)) is not None


def read_all(reader: Reader, *files: Path, companions: tuple[Path, ...] = ()) -> list[Run]:
    top = files[0] if len(files) == 1 else files[0].parent
    return reader.read(Source(top, files, reader.name, "test", companions))


def read_one(reader: Reader, *files: Path, companions: tuple[Path, ...] = ()) -> Run:
    (run,) = read_all(reader, *files, companions=companions)
    return run


def points(run: Run, tag: str) -> list[tuple[float, float]]:
    return list(zip(run.series[tag].step.tolist(), run.series[tag].value.tolist(), strict=True))


def codes(run: Run) -> list[str]:
    return [note.code for note in run.notes]


def damaged(text: str) -> Iterator[bytes]:
    """A log cut, repeated, stretched and filled with what no logger writes."""
    data = text.encode()
    lines = data.splitlines(keepends=True)
    yield data[: len(data) // 2]
    yield data[: len(data) - 3]
    yield data + b"\x00" * 100
    yield data.replace(b"1", b"\xff")
    yield data.replace(b"1", b"1" * 400)
    yield data.replace(b"1", b"1e400")
    yield data.replace(b"1", b"nan")
    yield data.replace(b"1", b"-1")
    yield data.replace(b"0", b"[" * 5000)
    yield data.replace(b",", b"{" * 3000)
    yield data.replace(b"\n", b"\r")
    yield data.replace(b"\n", b" ")
    yield data + b"x" * 2_000_000
    yield data.replace(b" ", b"")
    yield b"".join(reversed(lines))
    yield b"".join(lines * 40)
    yield b"".join(line for pair in zip(lines, reversed(lines), strict=True) for line in pair) * 40
    yield b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")
    yield text.encode("utf-16")
    yield b""


def survives(reader: Reader, folder: Path, text: str, name: str) -> int:
    """How many damaged logs still gave runs; each of the others was refused in one line.

    A damaged log is read whether or not it is still recognised: a file can change after it was looked at.
    """
    read, refusals = 0, []
    for data in damaged(text):
        path = written(folder, data, name)
        reader.recognise(look(path))
        try:
            runs = read_all(reader, path)
        except UnreadableError as error:
            refusals.append(str(error))
            continue
        assert runs
        read += 1
    assert not any("\n" in refusal for refusal in refusals)
    return read
