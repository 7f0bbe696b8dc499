"""Compressed logs and archives of them, unpacked with care: they come from anywhere.

Nothing is written outside the target folder, no link or device is made, a bomb is stopped by `Budget`, and an archive
that cannot be read to its end gives what could be read and one line on the rest.
"""

import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from lrdoctor.display import MAX_BYTES_OPTION
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.discovery.file_kinds import is_telling
from lrdoctor.reading.discovery.recognition import is_log
from lrdoctor.reading.discovery.walk import MAX_FILES
from lrdoctor.reading.fetch.copying import Readable, copy_if_log, safe_place, worth_copying
from lrdoctor.reading.fetch.decompression import BROKEN, decompressed
from lrdoctor.reading.fetch.quota import RATIO_FROM, WHOLE, Budget, Meter
from lrdoctor.reading.parsing.head import HEAD_BYTES, Head
from lrdoctor.records.unreadable import Unreadable

MAX_DIRECTORY = 8 * 2**20  # bytes of a zip's list of members: 20,000 with names of 350 characters
MAX_REFUSALS_NAMED = 20  # members of one archive that are named where they could not be had
END, END_64 = 22, 56 + 20  # bytes of a zip's last record, and of the two in front of it in a large one
MAX_EXTENDED = 1 << 20  # bytes of one tar header that holds a long name or attributes
# Others need memory that the archive decides about (LZMA), or cannot be unpacked by the standard library.
METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2})
ENDINGS = (".gz", ".bz2", ".xz", ".zip", ".tar", ".tgz", ".tbz2", ".txz")

EXTENDED = frozenset(
    {
        *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK),
        *(tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    }
)
LINK = "a link or device in an archive: unpack it yourself"

DAMAGED = (
    *BROKEN, tarfile.TarError, zipfile.BadZipFile, struct.error, NotImplementedError, RuntimeError, OverflowError,
    MemoryError,
)  # fmt: skip
"""What reading a damaged archive raises; a recursion without end is a RuntimeError."""


@dataclass
class Unpacked:
    """What came out of a file.

    Args:
        path: the folder or file it is in.
        refused: members that looked like logs and could not be had, by their place in it, or "" for itself.
    """

    path: Path
    refused: list[Unreadable] = field(default_factory=list)


@dataclass(frozen=True)
class _Member:
    """A file in an archive; `why` it cannot be had, where that is so."""

    name: str
    bytes_: int
    source: Readable | None
    why: str = ""
    packed: int | None = None


def inner_name(name: str) -> str:
    """A compressed file's name without what says so: `metrics.csv` of `metrics.csv.gz`, `logs` of `logs.tar.gz`.

    >>> inner_name("metrics.csv.gz"), inner_name("logs.tar.gz"), inner_name("logs.tgz"), inner_name("log")
    ('metrics.csv', 'logs', 'logs', 'log')
    """
    for _ in range(2):
        for ending in ENDINGS:
            if name.lower().endswith(ending) and len(name) > len(ending):
                name = name[: -len(ending)]
    return name


def kind(path: Path) -> str:
    """What a named file is: `zip`, `tar`, `compressed` (one file, or a tar: that shows inside); empty for else.

    Torch checkpoints are zips too: only what is called a zip is one.
    """
    with path.open("rb") as file:
        start = file.read(512)
    if path.suffix.lower() == ".zip" and start.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "zip"
    if _is_tar(start):
        return "tar"
    return "compressed" if decompressed(io.BytesIO(start), start) is not None else ""


def holds_logs(path: Path) -> bool:
    """Whether an archive lists a member with a name that only logs have."""
    try:
        with path.open("rb") as file:
            return any(is_telling(Path(member.name)) for member in _members(file, path, RATIO_FROM))
    except (*DAMAGED, UnreadableError):
        return False


def begins_like_a_log(path: Path) -> bool:
    """Whether a compressed file holds one file that some reader recognises."""
    try:
        with path.open("rb") as file:
            inside = decompressed(file, _start(file))
            data = b"" if inside is None else inside.read(HEAD_BYTES)
    except DAMAGED:
        return is_telling(Path(inner_name(path.name)))  # `unpack` says what is wrong with it
    return is_log(Head(path.with_name(inner_name(path.name)), data, len(data) + 1))


def unpack(path: Path, into: Path, budget: Budget) -> Unpacked:
    """Unpack a file of one of the kinds above below the folder `into`.

    Raises:
        UnreadableError: nothing came out; the reason.
    """
    try:
        with path.open("rb") as file:
            if path.suffix.lower() != ".zip" and not _is_tar(start := _start(file)):
                return _one_file(path, file, start, into, budget)
            return _archive(path, file, into, budget)
    except DAMAGED as error:
        raise UnreadableError(_what_broke(error)) from error


def _one_file(path: Path, file: BinaryIO, start: bytes, into: Path, budget: Budget) -> Unpacked:
    inside = decompressed(file, start)
    if inside is None:
        raise UnreadableError("compressed by its name, not by its content: name the training log itself")
    if _is_tar(inside.peek(512)):
        return _archive(path, file, into, budget)
    target = into / inner_name(path.name)
    if not copy_if_log(inside, target, budget, (Meter(path.stat().st_size),)):
        raise UnreadableError("compressed, and no training log inside: name the log itself")
    return Unpacked(target)


def _archive(path: Path, file: BinaryIO, into: Path, budget: Budget) -> Unpacked:
    top = into / inner_name(path.name)
    if top.exists():
        top = into / path.name
    top.mkdir(parents=True, exist_ok=True)
    done = Unpacked(top)
    file.seek(0)
    whole = Meter(path.stat().st_size)
    seen = 0
    try:
        for member in _members(file, path, WHOLE * budget.max_bytes):
            seen += 1
            place = safe_place(member.name)
            if place is None:
                why = "its name in the archive leads outside of it"
                done.refused.append(Unreadable(PurePosixPath(member.name).name, why))
                continue
            # Links abound (`latest-run`): only one that is called like a log is worth a word.
            if not worth_copying(place) or (member.why == LINK and not is_telling(Path(place))):
                continue
            why = member.why
            if member.source is not None:
                try:
                    meters = (whole,) if member.packed is None else (whole, Meter(member.packed))
                    copy_if_log(member.source, top / place, budget, meters, member.bytes_)
                except (UnreadableError, *DAMAGED) as error:
                    why = str(error) if isinstance(error, UnreadableError) else _what_broke(error)
                    if path.suffix.lower() != ".zip" or whole.full or budget.left < 0:  # no way, or no use, to go on
                        done.refused.append(Unreadable("", f"{place}: {why}"))
                        break
            if why:
                done.refused.append(Unreadable(str(place), why))
    except (UnreadableError, *DAMAGED) as error:
        why = str(error) if isinstance(error, UnreadableError) else _what_broke(error)
        done.refused.append(Unreadable("", why))
    if not any(top.iterdir()):
        # One reason for all; that on the archive itself, which comes last, says most.
        nothing = f"an archive of {seen:,} files, none of them a training log by its name"
        raise UnreadableError(done.refused[-1].reason if done.refused else nothing)
    if len(done.refused) > MAX_REFUSALS_NAMED:
        more = len(done.refused) - MAX_REFUSALS_NAMED
        done.refused[MAX_REFUSALS_NAMED:] = [Unreadable("", f"{more:,} more of its members could not be unpacked")]
    return done


def _members(file: BinaryIO, path: Path, most: int) -> Iterator[_Member]:
    """The files of an archive, each to be read before the next is asked for."""
    members = _zip_members(file) if path.suffix.lower() == ".zip" else _tar_members(file, path.stat().st_size, most)
    for count, member in enumerate(members):
        if count == MAX_FILES:
            raise UnreadableError(f"an archive of more than {MAX_FILES:,} members: unpack it and name a folder in it")
        if member is not None:
            yield member


def _zip_members(file: BinaryIO) -> Iterator[_Member | None]:
    if _directory_bytes(file) > MAX_DIRECTORY:
        raise UnreadableError(f"a zip archive of more than {MAX_FILES:,} members: unpack it and name a folder in it")
    with zipfile.ZipFile(file) as archive:
        for info in archive.infolist():
            mode = stat.S_IFMT(info.external_attr >> 16)
            if info.is_dir():
                yield None
            elif mode and mode != stat.S_IFREG:
                yield _Member(info.filename, 0, None, LINK)
            elif info.flag_bits & 1:
                yield _Member(info.filename, 0, None, "encrypted: unpack it with its password first")
            elif info.compress_type not in METHODS:
                yield _Member(info.filename, 0, None, "compressed in a way not known here: unpack it first")
            else:
                try:
                    with archive.open(info) as source:
                        yield _Member(info.filename, info.file_size, source, packed=info.compress_size)
                except DAMAGED as error:
                    yield _Member(info.filename, 0, None, _what_broke(error))


def _directory_bytes(file: BinaryIO) -> int:
    """How large a zip says that its list of members is: the whole list is read at once."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - END - 65_535 - END_64))
    end = file.read()
    file.seek(0)
    at = len(end) - END
    if end[at : at + 4] != b"PK\x05\x06" or end[-2:] != b"\0\0":
        at = end.rfind(b"PK\x05\x06")
    if at < 0 or len(end) < at + END:
        raise UnreadableError("a zip archive without its end (a copy that failed?): copy it again")
    bytes_ = int(struct.unpack_from("<L", end, at + 12)[0])
    if at >= END_64 and end[at - END_64 :].startswith(b"PK\x06\x06"):
        return int(struct.unpack_from("<Q", end, at - END_64 + 40)[0])
    return bytes_


class _Header(tarfile.TarInfo):
    """A tar header that may not ask for much memory: extended ones are read at once, as large as they say."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Header":
        header = super().frombuf(buf, encoding, errors)
        if header.size < 0 or (header.type in EXTENDED and header.size > MAX_EXTENDED):
            raise UnreadableError("a tar archive with a damaged header: unpack it yourself")
        return header


class _Metered(io.RawIOBase):
    """A stream that ends with an error once too much came out of it: members that are skipped count too."""

    def __init__(self, source: io.BufferedReader, packed: int, most: int) -> None:
        super().__init__()
        self._source, self._meter, self._left = source, Meter(packed), most

    def readable(self) -> bool:
        """Yes."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """At most `size` bytes."""
        data = self._source.read(-1 if size is None else size)
        self._meter.take(len(data))
        self._left -= len(data)
        if self._left < 0:
            raise UnreadableError(f"an archive that unpacks to more than {MAX_BYTES_OPTION} allows: unpack it yourself")
        return data


def _tar_members(file: BinaryIO, packed: int, most: int) -> Iterator[_Member | None]:
    start = _start(file)
    inside = decompressed(file, start)
    if inside is None:
        archive = tarfile.open(fileobj=file, mode="r:", tarinfo=_Header)  # noqa: SIM115 - closed below
    else:
        archive = tarfile.open(fileobj=_Metered(inside, packed, most), mode="r|", tarinfo=_Header)  # noqa: SIM115
    with archive:
        while (member := archive.next()) is not None:
            if member.isreg() and not member.issparse():
                yield _Member(member.name, member.size, archive.extractfile(member))
            elif member.isdir():
                yield None
            else:
                yield _Member(member.name, 0, None, LINK)


def _start(file: BinaryIO) -> bytes:
    file.seek(0)
    start = file.read(512)
    file.seek(0)
    return start


def _is_tar(start: bytes) -> bool:
    return start[257:262] == b"ustar"


def _what_broke(error: BaseException) -> str:
    if isinstance(error, EOFError) or "Compressed file ended" in str(error):
        return "compressed, but ends in the middle (a copy that failed?): copy it again"
    if isinstance(error, OSError) and error.errno is not None:
        return f"cannot be unpacked: {error.strerror}: unpack it yourself and name the log"
    return "compressed, but damaged: copy it again"
