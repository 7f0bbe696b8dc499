"""What the user names -> a local file or folder that can be searched: URLs, archives, compressed logs.

They are copied or unpacked into a temporary folder, read there as any local folder is, and forgotten.  `Workspace`
knows what the user called each thing in it, and is the one place that puts those names back.

Run names come from paths, so that the temporary folder repeats the path of what was named, below a folder called
`home`: nothing above that is taken for a part of a name (see `run_name`).
"""

import os
import re
import shutil
import time
from collections.abc import Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self
from urllib.parse import unquote

from lrdoctor.errors import MissingExtraError, UnreadableError
from lrdoctor.reading.discovery.discover import NOTHING, Found, discover
from lrdoctor.reading.discovery.file_kinds import MAX_BYTES, companions_of
from lrdoctor.reading.fetch import archives, identity, wandb_names
from lrdoctor.reading.fetch.copying import Readable, copy_if_log, safe_place
from lrdoctor.reading.fetch.kinds import LOCAL, TRACKERS, WEB, Address, parsed
from lrdoctor.reading.fetch.quota import Budget, budget
from lrdoctor.reading.fetch.urls import is_glob, is_url, redact_url
from lrdoctor.reading.parsing.settings_files import MAX_BYTES as MAX_SETTINGS
from lrdoctor.records.run import Run
from lrdoctor.records.unreadable import Unreadable

STDIN = "-"  # what names standard input
SMALL_ARCHIVE = 16 * 2**20  # bytes: an archive among other files is opened only if it is no larger; data sets are
PAUSES = (0.0, 0.05, 0.2)  # seconds before each further attempt to remove the temporary folder
LONGEST_PART = 60  # characters of each: file systems take 255 bytes, and paths have a limit too
KEPT_PARTS = 8  # names of a path that are repeated in the temporary folder: enough to tell runs apart


class Workspace:
    """A temporary folder, made when it is first needed and removed at the end, also after an error or an interrupt."""

    def __init__(self, max_bytes: int = MAX_BYTES, stdin: Readable | None = None) -> None:
        self._stdin = stdin
        self._max_bytes = max_bytes
        self._budget = budget(max_bytes)
        self._folder: TemporaryDirectory[str] | None = None
        self._places = 0
        self._names: dict[Path, str] = {}
        self.passed: list[Path] = []  # files that were taken for no log
        self.opened: list[Path] = []  # files of the user that were copied or unpacked, or named
        self._origins: dict[Path, Hashable] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            try:
                self._folder.cleanup()
            finally:  # also where a signal came in between
                _remove(Path(self._folder.name))

    def found(self, name: str | Path) -> Found:
        """What is at `name`: fetched and unpacked where it must be, then searched.

        Raises:
            UnreadableError, MissingExtraError: there is nothing, or it cannot be had.
        """
        if not str(name):
            raise UnreadableError("an empty name (an unset variable?): name a log file or a folder of them")
        try:
            refused: list[Unreadable] = []
            if str(name) == STDIN and self._stdin is not None:
                here = self._piped(self._stdin)
            else:
                here = self._fetched(name, refused) if isinstance(name, str) and is_url(name) else Path(name)
                self.opened.append(here)
            here = self._unpacked(here, refused)
            found = discover(here, self._max_bytes)
            self.passed += found.passed
            return _merged(found, refused, self._inside(here, found.compressed))
        except OSError as error:
            why = error.strerror or str(error)
            raise UnreadableError(
                f"cannot be copied to the temporary folder: {why}: make room there, or set TMPDIR to another"
            ) from error

    def name(self, text: str) -> str:
        """`text` with what the user named in place of where it lies in the temporary folder."""
        if self._folder is None or self._folder.name not in text:
            return text
        for local in sorted(self._names, key=lambda path: -len(path.parts)):
            if str(local) in text:
                parts = re.split(rf"{re.escape(str(local))}(?![\w.-])", text)
                text = self._names[local].join(parts)
        return text

    def identity(self, path: Path) -> Hashable:
        """What a file is told by: where it came from, if it was fetched or unpacked."""
        for local in (path, *path.parents) if self._origins else ():
            if local in self._origins:
                return identity.below(self._origins[local], path.relative_to(local).as_posix())
        return identity.of_path(path)

    def _name_of(self, path: Path) -> str:
        """As `name`, of a path alone: there may be very many."""
        for local in (path, *path.parents):
            if local in self._names:
                rest = path.relative_to(local).as_posix()
                return self._names[local] if rest == "." else f"{self._names[local]}/{rest}"
        return str(path)

    def named(self, run: Run) -> Run:
        """The run as one of what the user named."""
        if not self._names:
            return run

        def path(local: Path) -> Path:
            return Path(self._name_of(local))

        source = run.source
        source = replace(
            source,
            path=path(source.path),
            files=tuple(map(path, source.files)),
            companions=tuple(map(path, source.companions)),
            why=self.name(source.why),
        )
        return replace(run, source=source, notes=[replace(note, message=self.name(note.message)) for note in run.notes])

    def _place(self, parts: Sequence[str]) -> Path:
        """A new folder whose path ends in these names."""
        if self._folder is None:
            self._folder = _temporary_folder()
        self._places += 1
        kept = (part[:LONGEST_PART] for part in parts[-KEPT_PARTS:])
        place = Path(self._folder.name, str(self._places), "home", *kept)
        place.mkdir(parents=True)
        return place

    def _place_of(self, folder: Path) -> Path:
        """A new folder that stands for a local one."""
        return self._place(Path(os.path.normpath(folder.absolute())).parts[1:])

    def _piped(self, stdin: Readable) -> Path:
        """What comes from a pipe, copied: whatever it is, its content tells."""
        here = self._place(["stdin"]) / "stdin.log"
        if not copy_if_log(stdin, here, self._budget):
            raise UnreadableError("what came from standard input is no log: pipe the log's text, or name its file")
        self._names[here] = STDIN
        self._origins[here] = STDIN
        return here

    def _fetched(self, url: str, refused: list[Unreadable]) -> Path:
        """A URL's files, copied; of an archive in a chain what the chain names in it."""
        named = parsed(url)
        if named.scheme in LOCAL:
            here = Path(unquote(re.sub(r".*?://(localhost(?=/))?", "", named.base, count=1)))
            if not named.inside:
                return here
        else:
            here = self._copied(named, refused)
            self._names[here] = redact_url(named.base)
        for kind, inside in reversed(named.inside):
            here = self._of_archive(here, kind, inside, refused)
        name = redact_url(url)
        self._names[here] = (re.split(r"/[^/]*[*\[]", name, maxsplit=1)[0] if is_glob(url) else name).rstrip("/")
        return here

    def _copied(self, named: Address, refused: list[Unreadable]) -> Path:
        from lrdoctor.reading.fetch import remote

        within = redact_url(named.base).partition(":")[2].strip("/")
        within = within.partition("/")[2] if named.scheme in WEB else within
        place = self._place([named.scheme, *_parts(unquote(re.split(r"[*\[]", within, maxsplit=1)[0]))])
        if named.scheme in TRACKERS:
            self._origins[place] = identity.of_folder(named.base)
            return _asked(named.base, place, self._budget)
        if named.scheme == wandb_names.SCHEME:
            return self._from_wandb(named.base, place, refused)
        copied = remote.copy(named.base, place, self._budget, f".{named.inside[-1][0]}" if named.inside else "")
        here = copied.path
        if here != place:  # one file, which takes the folder's place
            aside = here.rename(place.parent / ".fetched")
            shutil.rmtree(place)
            here = aside.rename(place.parent / here.name)
        self._origins[here] = identity.of_url(named.base) if here != place else identity.of_folder(named.base)
        refused += _placed(copied.refused, here)
        return here

    def _from_wandb(self, name: str, place: Path, refused: list[Unreadable]) -> Path:
        """The runs that W&B has under that name."""
        from lrdoctor.reading.fetch import wandb_cloud

        copied = wandb_cloud.copy(wandb_names.wanted(name), place, self._place([]), self._budget)
        self._names |= copied.names
        self._origins |= {log: identity.of_url(of_log) for log, of_log in copied.names.items()}
        refused += copied.refused
        return copied.path

    def _of_archive(self, path: Path, kind: str, inside: str, refused: list[Unreadable]) -> Path:
        """The file or folder `inside` an archive."""
        others: list[Unreadable] = []
        top = self._unpacked(path, others)
        if top == path:
            raise UnreadableError(f"no {kind} archive: name it without {kind}:// in front")
        place = safe_place(inside.strip("/"))
        if re.search(r"[*?\[]", inside) or (place is None and inside.strip("/")):
            raise UnreadableError("inside an archive one file or folder can be named, no pattern: name the folder")
        here = top if place is None else top / place
        refused += [one for one in others if Path(one.path) in {here, top} or here in Path(one.path).parents]
        if not here.exists():
            why = "".join(f" ({one.reason})" for one in others[:1])
            raise UnreadableError(
                f"no log of that name in the archive{why}: name the archive alone to see what it holds"
            )
        return here

    def _unpacked(self, path: Path, refused: list[Unreadable]) -> Path:
        """A named archive's or compressed file's content; any other path as it is."""
        try:
            if not path.is_file() or not archives.kind(path):
                return path
        except (OSError, ValueError):
            return path  # `discover` says why it cannot be opened
        place = self._place_of(path.parent)
        known = self._names.get(path, str(path))
        unpacked = archives.unpack(path, place, self._budget)
        self._names[unpacked.path] = known
        self._origins[unpacked.path] = ("in", self.identity(path))
        self._copy_settings(path, place)
        refused += _placed(unpacked.refused, unpacked.path)
        return unpacked.path

    def _inside(self, top: Path, compressed: Sequence[Path]) -> Found:
        """What compressed files in a folder hold; archives among them only where they are small and list a log."""
        refused: list[Unreadable] = []
        place: Path | None = None
        for path in compressed:
            archive = path.name.lower().endswith(
                (".zip", ".tar", ".tgz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2", ".tar.xz")
            )
            try:
                if path.with_name(archives.inner_name(path.name)).exists():
                    continue  # it is unpacked already
                if archive and (path.stat().st_size > SMALL_ARCHIVE or not archives.holds_logs(path)):
                    continue
                if not archive and not archives.begins_like_a_log(path):
                    continue
                if place is None:
                    place = self._place_of(Path(self._name_of(top)) if top in self._names else top)
                    self._names[place] = self._name_of(top)
                into = place / path.parent.relative_to(top)
                into.mkdir(parents=True, exist_ok=True)
                self.opened.append(path)
                unpacked = archives.unpack(path, into, self._budget)
            except UnreadableError as error:
                refused.append(Unreadable(str(path), str(error)))
                continue
            except OSError as error:
                refused.append(Unreadable(str(path), f"cannot be unpacked: {error.strerror}: unpack it yourself"))
                continue
            self._names[unpacked.path] = self._name_of(path)
            self._origins[unpacked.path] = ("in", self.identity(path))
            self._copy_settings(path, into)
            refused += _placed(unpacked.refused, unpacked.path)
        found = Found(()) if place is None else discover(place, self._max_bytes)
        return _merged(found, refused, Found(()))

    def _copy_settings(self, path: Path, place: Path) -> None:
        """The settings beside a compressed log, put beside its content in `place`."""
        for companion in companions_of(path, (path,)):
            try:
                target = Path(os.path.normpath(place / os.path.relpath(companion, path.parent)))
                if companion.stat().st_size <= MAX_SETTINGS and not target.exists():
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(companion, target)
                    self.opened.append(companion)
                    self._names[target] = self._name_of(companion)
            except (OSError, ValueError):
                continue


def _asked(base: str, into: Path, budget_: Budget) -> Path:
    """The runs that a tracker's server has."""
    try:
        from lrdoctor.reading.fetch import mlflow_server
    except ImportError as error:
        raise MissingExtraError("mlflow:// is read through aiohttp: pip install 'lrdoctor[remote]'") from error
    return mlflow_server.copy(base, into, budget_)


def _temporary_folder() -> TemporaryDirectory[str]:
    try:
        return TemporaryDirectory(prefix="lrdoctor-", ignore_cleanup_errors=True)
    except FileNotFoundError as error:
        raise UnreadableError(
            "no folder for temporary files can be written, and one is needed here: set TMPDIR to one that can"
        ) from error


def _remove(folder: Path) -> None:
    """Remove a folder, though a thread that was told to stop may still put a file into it."""
    for pause in PAUSES:
        if not folder.exists():
            return
        time.sleep(pause)
        shutil.rmtree(folder, ignore_errors=True)


def _parts(path: str) -> tuple[str, ...]:
    place = safe_place(path.lstrip("/"))
    return () if place is None else place.parts


def _placed(refused: Sequence[Unreadable], top: Path) -> list[Unreadable]:
    """What was refused by its place in a folder or archive, with where it would lie below `top`."""
    return [replace(one, path=str(top / one.path)) for one in refused]


def _merged(found: Found, refused: Sequence[Unreadable], more: Found) -> Found:
    """All of it; that one of them holds nothing is said only where nothing else is."""
    sources = (*found.sources, *more.sources)
    told = [*found.refused, *refused, *more.refused]
    kept = [one for one in told if not one.reason.startswith(NOTHING)]
    return Found(sources, tuple(kept if kept or sources else told))
