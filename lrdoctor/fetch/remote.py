"""A URL -> a copy of the logs there, through fsspec: only what may be a log, only so much, and not for ever."""

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urljoin

from lrdoctor.discover import too_large
from lrdoctor.errors import LrdoctorError, MissingExtraError, UnreadableError
from lrdoctor.fetch.budget import Budget
from lrdoctor.fetch.names import is_glob, protocol, without_secrets
from lrdoctor.fetch.pour import MAX_DEPTH, pour, safe_place, worth_copying
from lrdoctor.walk import MAX_FILES, MAX_FOLDERS

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

STALL = 60.0  # seconds without an answer or a byte: nobody waits longer at a prompt
LONGEST = 1800.0  # seconds in all, for 2 GB over a slow line
COPIERS = 8  # at once: of a thousand small files on a store, each costs a round trip
MAX_INDEX = 4 * 2**20  # bytes of a web server's page that lists a folder
WEB = frozenset({"http", "https"})
PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "hf": "huggingface_hub", "http": "aiohttp",
    "https": "aiohttp", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs", "sftp": "paramiko", "ssh": "paramiko",
    "github": "requests", "smb": "smbprotocol", "webdav": "webdav4",
}  # fmt: skip

_DENIED = re.compile(r"\b40[13]\b|denied|forbidden|unauthori[sz]ed|credentials", re.IGNORECASE)
_MISSING = re.compile(r"\b404\b|NoSuch|RepositoryNotFound|EntryNotFound")


class Copied(NamedTuple):
    """What was fetched: a file or folder, and what could not be, by its place in the folder ("" for itself)."""

    path: Path
    refused: list[tuple[str, str]]


class _Remote(NamedTuple):
    """A file there."""

    name: str
    bytes_: int | None
    place: PurePosixPath


@dataclass
class _Watch:
    """Lets the copying threads tell that they come forward, and be told to stop."""

    begun: float = field(default_factory=time.monotonic)
    last: float = field(default_factory=time.monotonic)
    stopped: bool = False

    def tick(self) -> None:
        """Something came."""
        if self.stopped:
            raise UnreadableError("stopped")
        self.last = time.monotonic()

    def late(self) -> str:
        """Why to give up; empty where all is well."""
        now = time.monotonic()
        if now - self.last > STALL:
            return f"no answer for {STALL:.0f} s: check the address and the network, or copy the logs by hand"
        if now - self.begun > LONGEST:
            return f"not copied within {LONGEST / 60:.0f} min: name fewer logs, or copy them by hand"
        return ""


class _Ticking:
    """A file that tells the watch of every read."""

    def __init__(self, file: Any, watch: _Watch) -> None:
        self._file, self._watch = file, watch

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes."""
        self._watch.tick()
        return bytes(self._file.read(size))


def copy(url: str, into: Path, budget: Budget) -> Copied:
    """Copy what `url` names below the folder `into`.

    Raises:
        UnreadableError: there is nothing, it may not be read, or not one file could be copied.
        MissingExtraError: a package for that kind of URL is not installed.
    """
    system, root = _file_system(url)
    # Not every web server knows ranges; a stream always works.
    options = {"block_size": 0} if _is_web(system) else {}
    watch = _Watch()
    files: deque[_Remote] = deque()
    refused: list[tuple[str, str]] = []
    alone: list[bool] = []

    def listing() -> None:
        alone.append(_list(system, url, root, files, refused, watch))

    def copying() -> None:
        while True:
            try:
                file = files.popleft()
            except IndexError:
                return
            try:
                with system.open(file.name, "rb", **options) as opened:
                    pour(_Ticking(opened, watch), into / file.place, budget, bytes_=file.bytes_)
            except Exception as error:
                if watch.stopped or isinstance(error, MemoryError):
                    raise
                refused.append((str(file.place), _why(error)))
            watch.tick()

    try:
        _together([listing], watch)
        found = len(files)
        _leave_out_what_is_too_large(files, budget, refused)
        _together([copying] * min(COPIERS, len(files)), watch)
    finally:
        watch.stopped = True  # a thread that hangs would go on writing
    if not found and not refused:
        raise UnreadableError("no training log there by its name: name the log, or a folder of logs")
    refused.sort()
    if alone[0]:
        if refused:
            raise UnreadableError(refused[0][1])
        return Copied(next(into.iterdir(), into), [])
    return Copied(into, refused)


def _leave_out_what_is_too_large(files: deque[_Remote], budget: Budget, refused: list[tuple[str, str]]) -> None:
    """By the sizes that are known beforehand, in order: which are left out must not hang on which thread was first."""
    left = budget.left
    for _ in range(len(files)):
        file = files.popleft()
        bytes_ = file.bytes_ or 0
        left -= bytes_ if bytes_ <= budget.max_bytes else 0
        if bytes_ > budget.max_bytes or left < 0:
            why = too_large(bytes_, budget.max_bytes) if bytes_ > budget.max_bytes else budget.all_taken()
            refused.append((str(file.place), why))
        else:
            files.append(file)


def _file_system(url: str) -> "tuple[AbstractFileSystem, str]":
    scheme = protocol(url)
    package = PACKAGES.get(scheme, "")
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        more = f" {package}" if package else ""
        raise MissingExtraError(f"{scheme}:// is read through fsspec: pip install 'lrdoctor[remote]'{more}") from error
    try:
        system, root = url_to_fs(url)
        system.invalidate_cache()
    except ImportError as error:
        needed = package or "the fsspec package for it"
        raise MissingExtraError(f"{scheme}:// needs a package of its own: pip install {needed}") from error
    except Exception as error:
        if "Protocol not known" in str(error):
            raise UnreadableError(f"no such kind of address: {scheme}://: check the spelling") from error
        raise UnreadableError(_why(error)) from error
    return system, str(root)


def _list(
    system: "AbstractFileSystem",
    url: str,
    root: str,
    files: deque[_Remote],
    refused: list[tuple[str, str]],
    watch: _Watch,
) -> bool:
    """Put all files worth copying into `files`; True where the URL names one file."""
    web = _is_web(system)
    if is_glob(url):
        above = re.split(r"[*?\[]", root, maxsplit=1)[0].rpartition("/")[0]
        tops = sorted(system.glob(root, detail=True).items(), key=lambda match: str(match[0]))
    elif web and root.split("?")[0].endswith("/"):
        above, tops = root, [(root, {"type": "directory"})]
    else:
        info = system.info(root)
        if info["type"] == "file":
            name = unquote(root.split("?")[0]) if web else root
            own = safe_place(name.rstrip("/").rpartition("/")[2]) or PurePosixPath("log")
            files.append(_Remote(root, info.get("size"), own))
            return True
        above, tops = root, [(root, info)]
    watch.tick()
    for count, (name, bytes_) in enumerate(_walk(system, tops, refused, watch, above)):
        inside = name.removeprefix(above).lstrip("/")
        place = safe_place(unquote(inside) if web else inside)
        if count == MAX_FILES:
            refused.append(("", f"more than {MAX_FILES:,} files: stopped looking; name a folder further down"))
            break
        if place is not None and worth_copying(place):
            files.append(_Remote(name, bytes_, place))
    return False


def _walk(
    system: "AbstractFileSystem",
    tops: Sequence[tuple[str, dict[str, Any]]],
    refused: list[tuple[str, str]],
    watch: _Watch,
    above: str,
) -> Iterator[tuple[str, int | None]]:
    """Every file at or below `tops` with its size, hidden folders left out; names are told without `above`."""
    web = _is_web(system)
    waiting = deque((name, info, 0) for name, info in tops)
    seen: set[str] = set()
    while waiting and len(seen) < MAX_FOLDERS:
        name, info, depth = waiting.popleft()
        if info.get("type") != "directory":
            size = info.get("size")
            yield name, size if isinstance(size, int) else None
            continue
        if name.rstrip("/") in seen or depth > MAX_DEPTH:
            continue
        seen.add(name.rstrip("/"))
        watch.tick()
        try:
            entries = _index(system, name) if web else system.ls(name, detail=True)
        except Exception as error:
            if depth == 0:
                raise
            refused.append((name.removeprefix(above).strip("/"), _why(error)))
            continue
        for entry in sorted(entries, key=lambda entry: str(entry["name"])):
            own = str(entry["name"]).rstrip("/").rpartition("/")[2]
            if not own.startswith(".") or own == ".hydra":
                waiting.append((str(entry["name"]), entry, depth + 1))


def _is_web(system: "AbstractFileSystem") -> bool:
    """Whether it is the web's, and no archive or cache on top of that."""
    own = system.protocol
    return not WEB.isdisjoint((own,) if isinstance(own, str) else own)


def _index(system: "AbstractFileSystem", url: str) -> list[dict[str, Any]]:
    """The files and folders that a web server's page on a folder links to, below that folder alone."""
    above = url.split("?")[0]
    with system.open(url, "rb", block_size=0) as page:
        text = page.read(MAX_INDEX).decode("utf-8", errors="replace")
    links = {
        urljoin(above, link)
        for link in re.findall(r"<a\s[^<>]{0,200}?href\s*=\s*[\"']([^\"'<>?#]{1,1000})", text, re.I)
    }
    return [
        {"name": link, "size": None, "type": "directory" if link.endswith("/") else "file"}
        for link in links
        if link.startswith(above) and link != above
    ]


def _together(work: Sequence[Callable[[], None]], watch: _Watch) -> None:
    """Do all at once, in threads that nobody waits for once they are late.

    A call into a store's library may never come back, and cannot be told to.
    """
    errors: list[Exception] = []

    def guarded(one: Callable[[], None]) -> None:
        try:
            one()
        except Exception as error:  # noqa: BLE001 - raised below, by the thread that waits
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(one,), daemon=True) for one in work]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        for thread in threads:
            thread.join(0.05)
        if why := watch.late():
            raise UnreadableError(why)
    if errors:
        raise errors[0] if isinstance(errors[0], LrdoctorError) else UnreadableError(_why(errors[0])) from errors[0]


def _why(error: Exception) -> str:
    """What went wrong there, in one line without secrets."""
    if isinstance(error, LrdoctorError):
        return str(error)
    said = " ".join(without_secrets(str(error)).split())
    cause = error.__cause__
    if isinstance(error, FileNotFoundError) and isinstance(cause, Exception) and "404" not in str(cause):
        return _why(cause)  # the web's file system says so of every error
    if isinstance(error, FileNotFoundError):
        return "no such file or folder there: check the spelling"
    if _MISSING.search(f"{type(error).__name__} {said}"):
        return "no such store, file or folder: check the spelling"
    if isinstance(error, PermissionError) or _DENIED.search(f"{type(error).__name__} {said}"):
        return "access denied: sign in with the store's own tool first, and check the address"
    if isinstance(error, TimeoutError):
        return "no answer in time: try again, or copy the logs by hand"
    return f"cannot be fetched ({type(error).__name__}: {said[:160]}): check the address and the network"
