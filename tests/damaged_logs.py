"""A log damaged in many ways: a reader may then read less or refuse, and nothing else."""

import random
from collections.abc import Iterator
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import look
from lrdoctor.records.run import Source

GARBAGE = (
    b"",
    b"\x00" * 50,
    b"\xff\xfe\x00",
    b"{" * 5000,
    b'{"a":' * 5000,
    b"[" * 5000,
    b"9" * 5000,
    b"," * 5000,
    b"|" * 5000,
    b"-" * 5000,
    b"nan,inf,-inf,1e999,None,,\n",
    b"\xed\xa0\x80\x1b[31m\r\r\r\n",
    b'"' * 3001,
)


def damaged(good: bytes) -> Iterator[bytes]:
    """The log cut at many places, with garbage in it, with bytes changed, and garbage alone."""
    yield from GARBAGE
    chance = random.Random(0)  # noqa: S311 - no secret
    for share in range(1, 40):
        yield good[: len(good) * share // 40]
    for garbage in GARBAGE:
        for at in (0, len(good) // 3, len(good)):
            yield good[:at] + garbage + good[at:]
    for _ in range(60):
        data = bytearray(good)
        for _ in range(chance.randint(1, 5)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        yield bytes(data)


def assert_survives(reader: Reader, path: Path, good: bytes) -> None:
    """Whatever is done to the file at `path`, `reader` raises `UnreadableError` at most, with one line."""
    for data in damaged(good):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        reader.recognise(look(path))
        refusal = ""
        try:
            reader.read(Source(path, (path,), reader.name, "test"))
        except UnreadableError as error:
            refusal = str(error)
        assert "\n" not in refusal
