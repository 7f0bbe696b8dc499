"""Decompression in bounded memory and time, of gzip, bzip2 and xz files.

The standard library's file classes read a gzip header a byte at a time, however long, and give an xz file as much
memory as it asks for.
"""

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import BinaryIO, Protocol

CHUNK = 1 << 16
MAX_MEMBERS = 100_000  # gzip files put behind one another; `bgzip` makes one for each 64 kB
XZ_MEMORY = 128 * 2**20  # `xz -9` needs 65 MiB

BROKEN = (EOFError, OSError, ValueError, zlib.error, lzma.LZMAError)
"""What reading a damaged one raises."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gzip:
    """zlib's object with the manners of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return not self._inner.eof and not self._inner.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


MAGIC: tuple[tuple[bytes, str, Callable[[], _Decompressor]], ...] = (
    (b"\x1f\x8b", "gzip", _Gzip),
    (b"BZh", "bzip2", bz2.BZ2Decompressor),
    (b"\xfd7zXZ", "xz", lambda: lzma.LZMADecompressor(memlimit=XZ_MEMORY)),
)


class Decompressed(io.RawIOBase):
    """What a compressed file holds, read from begin to end."""

    def __init__(self, file: BinaryIO, magic: bytes, make: Callable[[], _Decompressor]) -> None:
        super().__init__()
        self._file, self._magic, self._make = file, magic, make
        self._members = 1
        self._one = make()

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override] # any buffer, says typeshed
        """Fill some of `buffer`.

        Raises:
            EOFError: the file ends in the middle.
            zlib.error, lzma.LZMAError, OSError: it is damaged, or needs too much memory.
        """
        while True:
            ended = False
            if self._one.eof:
                # Zeros fill up tapes; what else follows is not of this format, and left alone as gunzip does.
                data = self._one.unused_data.lstrip(b"\0") or self._file.read(CHUNK).lstrip(b"\0")
                if not data.startswith(self._magic):
                    return 0
                self._members += 1
                if self._members > MAX_MEMBERS:
                    raise ValueError("too many members")
                self._one = self._make()
            else:
                data = self._file.read(CHUNK) if self._one.needs_input else b""
                ended = self._one.needs_input and not data
            out = self._one.decompress(data, len(buffer))
            if out:
                buffer[: len(out)] = out
                return len(out)
            if ended and not self._one.eof:
                raise EOFError("ends in the middle")


def decompressed(file: BinaryIO, start: bytes) -> io.BufferedReader | None:
    """A reader of what `file`, which begins with `start`, holds; None where it is compressed in no way known here."""
    for magic, _, make in MAGIC:
        if start.startswith(magic):
            return io.BufferedReader(Decompressed(file, magic, make), CHUNK)
    return None


def gunzipped(file: BinaryIO) -> io.BufferedReader:
    """A reader of what a gzip stream holds that cannot be looked into first."""
    magic, _, make = MAGIC[0]
    return io.BufferedReader(Decompressed(file, magic, make), CHUNK)
