"""A URL -> a copy of the logs there, through fsspec: only what may be a log, only so much, and not for ever."""

import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from lrdoctor.errors import LrdoctorError, MissingExtraError, UnreadableError
from lrdoctor.reading.discovery.file_kinds import is_compressed, too_large
from lrdoctor.reading.discovery.walk import MAX_FILES, MAX_FOLDERS
from lrdoctor.reading.fetch.copying import MAX_DEPTH, copy_if_log, safe_place, worth_copying
from lrdoctor.reading.fetch.failures import why
from lrdoctor.reading.fetch.kinds import WEB
from lrdoctor.reading.fetch.quota import Budget, Meter
from lrdoctor.reading.fetch.urls import is_glob, protocol
from lrdoctor.reading.fetch.watch import Watch, Watched
from lrdoctor.records.unreadable import Unreadable

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

TO_STOP = 0.5  # seconds that threads have to end; one that waits for a server does not, and writes nothing either
MAX_WAITING = MAX_FILES + MAX_FOLDERS  # files and folders that are known and not yet looked at
COPIERS = 8  # at once: of a thousand small files on a store, each costs a round trip
PACKAGES = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "hf": "huggingface_hub", "http": "aiohttp",
    "https": "aiohttp", "az": "adlfs", "abfs": "adlfs", "abfss": "adlfs", "sftp": "paramiko", "ssh": "paramiko",
    "github": "requests", "smb": "smbprotocol", "oss": "ossfs", "oci": "ocifs", "adl": "adlfs", "hdfs": "pyarrow",
}  # fmt: skip


class Copied(NamedTuple):
    """What was fetched: a file or folder, and what could not be, by its place in the folder ("" for itself)."""

    path: Path
    refused: list[Unreadable]


class _Remote(NamedTuple):
    """A file there."""

    name: str
    bytes_: int | None
    place: PurePosixPath


def copy(base: str, into: Path, budget: Budget, archive: str = "") -> Copied:
    """Copy what `base` names below the folder `into`.

    Args:
        base: the URL, without archives or caches in front.
        into: an empty folder.
        budget: the limits.
        archive: the ending of the archive's name that it must be; empty for any file or folder.

    Raises:
        UnreadableError: there is nothing, it may not be read, or not one file could be copied.
        MissingExtraError: a package for that kind of URL is not installed.
    """
    watch = Watch()
    system, root = _file_system(base)
    web = protocol(base) in WEB
    files: deque[_Remote] = deque()
    refused: list[Unreadable] = []
    alone: list[bool] = []

    def listing() -> None:
        alone.append(_list(system, base, root, files, refused, watch))
        if alone[0] and archive and not is_compressed(Path(files[0].place)):
            files.append(files.pop()._replace(place=PurePosixPath(f"archive{archive}")))

    def copying() -> None:
        while True:
            try:
                file = files.popleft()
            except IndexError:
                return
            try:
                (_copy_from_the_web if web else _copy_one)(system, file, into, budget, watch)
                watch.tick(files=1)
            except Exception as error:
                if watch.stopped or isinstance(error, MemoryError):
                    raise
                refused.append(Unreadable(str(file.place), why(error)))
                watch.tick()

    try:
        _together([listing], watch)
        found = len(files)
        _leave_out_what_is_too_large(files, budget, refused)
        watch.begin()
        _together([copying] * min(COPIERS, len(files)), watch)
    finally:
        watch.stopped = True  # a thread that hangs would go on writing
    if not found and not refused:
        raise UnreadableError("no training log there by its name: name the log, or a folder of logs")
    refused.sort(key=lambda one: (one.path, one.reason))
    if alone[0]:
        if refused:
            raise UnreadableError(refused[0].reason)
        return Copied(next(into.iterdir(), into), [])
    return Copied(into, refused)


def _copy_one(system: "AbstractFileSystem", file: _Remote, into: Path, budget: Budget, watch: Watch) -> None:
    with system.open(file.name, "rb") as opened:
        copy_if_log(Watched(opened, watch), into / file.place, budget, bytes_=file.bytes_)


def _copy_from_the_web(system: "AbstractFileSystem", file: _Remote, into: Path, budget: Budget, watch: Watch) -> None:
    from lrdoctor.reading.fetch import web

    meter = Meter(0)
    with web.opened(system, file.name) as opened:
        bytes_ = web.length(opened)
        if bytes_ is not None and bytes_ > budget.max_bytes:
            raise UnreadableError(too_large(bytes_, budget.max_bytes))
        source = web.plain(opened, watch, meter, packed=is_compressed(Path(file.place)))
        copy_if_log(source, into / file.place, budget, (meter,), bytes_)


def _leave_out_what_is_too_large(files: deque[_Remote], budget: Budget, refused: list[Unreadable]) -> None:
    """By the sizes that are known beforehand, in order: which are left out must not hang on which thread was first."""
    left = budget.left
    for _ in range(len(files)):
        file = files.popleft()
        bytes_ = file.bytes_ or 0
        left -= bytes_ if bytes_ <= budget.max_bytes else 0
        if bytes_ > budget.max_bytes or left < 0:
            reason = too_large(bytes_, budget.max_bytes) if bytes_ > budget.max_bytes else budget.all_taken()
            refused.append(Unreadable(str(file.place), reason))
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
        if scheme in WEB:
            from lrdoctor.reading.fetch import web

            # A server's name alone is its top folder; what it links to begins with the slash, or is another server.
            return web.file_system(url), f"{url}/" if re.fullmatch(r"https?://[^/?#]+", url) else url
        system, root = url_to_fs(url)
        system.invalidate_cache()
    except ImportError as error:
        needed = package or "the fsspec package for it"
        raise MissingExtraError(f"{scheme}:// needs a package of its own: pip install {needed}") from error
    except Exception as error:
        raise UnreadableError(why(error)) from error
    return system, str(root)


def _list(
    system: "AbstractFileSystem",
    url: str,
    root: str,
    files: deque[_Remote],
    refused: list[Unreadable],
    watch: Watch,
) -> bool:
    """Put all files worth copying into `files`; True where the URL names one file."""
    web = protocol(url) in WEB
    if is_glob(url):
        above = re.split(r"[*?\[]", root, maxsplit=1)[0].rpartition("/")[0]
        tops = sorted(system.glob(root, detail=True).items(), key=lambda match: str(match[0]))
    elif web and root.split("?")[0].endswith("/"):
        above, tops = root, [(root, {"type": "directory"})]
    else:
        # A web server is asked once, for the file itself.
        info: dict[str, Any] = {"type": "file"} if web else system.info(root)
        if info["type"] == "file":
            name = unquote(re.split("[?#]", root, maxsplit=1)[0].partition("://")[2].partition("/")[2]) if web else root
            own = safe_place(name.rstrip("/").rpartition("/")[2]) or PurePosixPath("log")
            files.append(_Remote(root, info.get("size"), own))
            return True
        above, tops = root, [(root, info)]
    watch.tick()
    for count, (name, bytes_) in enumerate(_walk(system, tops, refused, watch, above, web=web)):
        inside = name.removeprefix(above).lstrip("/")
        place = safe_place(unquote(inside) if web else inside)
        if count == MAX_FILES:  # not all of them
            too_many = f"more than {MAX_FILES:,} files: stopped looking; name a folder further down"
            refused.append(Unreadable("", too_many))
            break
        if place is not None and worth_copying(place):
            files.append(_Remote(name, bytes_, place))
    return False


def _walk(
    system: "AbstractFileSystem",
    tops: Sequence[tuple[str, dict[str, Any]]],
    refused: list[Unreadable],
    watch: Watch,
    above: str,
    *,
    web: bool,
) -> Iterator[tuple[str, int | None]]:
    """Every file at or below `tops` with its size, hidden folders left out; names are told without `above`."""
    waiting = deque((name, info, 0) for name, info in tops)
    seen: set[str] = set()
    stopped = False
    while waiting:
        enough = len(seen) >= MAX_FOLDERS or len(waiting) > MAX_WAITING or watch.listed_for_too_long()
        name, info, depth = waiting.popleft()
        if info.get("type") != "directory":
            size = info.get("size")
            yield name, size if isinstance(size, int) else None
            continue
        if name.rstrip("/") in seen or depth > MAX_DEPTH:
            continue
        if enough and not stopped:
            refused.append(Unreadable("", f"stopped looking after {len(seen):,} folders: name a folder further down"))
        stopped = stopped or enough
        if stopped:  # the files that are known already are taken
            continue
        seen.add(name.rstrip("/"))
        watch.tick()
        try:
            entries = _index(system, name, refused, above, watch) if web else system.ls(name, detail=True)
        except Exception as error:
            if depth == 0:
                raise
            refused.append(Unreadable(name.removeprefix(above).strip("/"), why(error)))
            continue
        for entry in sorted(entries, key=lambda entry: str(entry["name"])):
            own = str(entry["name"]).rstrip("/").rpartition("/")[2]
            if not own.startswith(".") or own == ".hydra":
                waiting.append((str(entry["name"]), entry, depth + 1))


def _index(
    system: "AbstractFileSystem", url: str, refused: list[Unreadable], above: str, watch: Watch
) -> list[dict[str, Any]]:
    """What a web server's page lists; that it lists more than is looked at is said."""
    from lrdoctor.reading.fetch import web

    entries, more = web.index(system, url, watch)
    if more:
        told = (
            f"a page of more than {web.MAX_INDEX // 2**20} MB: only its first links were followed; name a folder in it"
        )
        refused.append(Unreadable(url.removeprefix(above).strip("/"), told))
    return entries


def _together(work: Sequence[Callable[[], None]], watch: Watch) -> None:
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
    try:
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(0.05)
            watch.check()
    except BaseException:
        watch.stopped = True
        last = time.monotonic() + TO_STOP
        for thread in threads:  # what they write must be gone with the folder
            thread.join(max(0.0, last - time.monotonic()))
        raise
    if errors:
        raise errors[0] if isinstance(errors[0], LrdoctorError) else UnreadableError(why(errors[0])) from errors[0]
