"""From a path to the logs in it: which files together are one log, and why others are refused."""

import glob
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lrdoctor.errors import UnreadableError
from lrdoctor.event_folders import group_event_files
from lrdoctor.readers import READERS
from lrdoctor.readers.head import Head, look
from lrdoctor.readers.reader import Reader
from lrdoctor.readers.run_name import is_generic
from lrdoctor.readers.tb_ui import run_and_tag
from lrdoctor.readers.unknown import what_it_seems
from lrdoctor.run import Source

MAX_FILES = 20_000  # files looked at in one directory tree: opening so many takes some seconds
# The first that names a setting wins.
SETTINGS_NAMES = (
    *("hparams.yaml", "hparams.yml", "hparams.json", "params.json", "params.yaml", "args.yaml", "args.json"),
    *("opt.yaml", "hyp.yaml", "config.yaml", "config.yml", "config.json", ".hydra/config.yaml"),
    *("training_args.json", "train_config.json", "flags_0.json"),
)

# Never a log, and often large or many; skipped unopened.
_UNRELATED = re.compile(
    r"\.(py|pyc|ipynb|md|rst|html?|css|js|c|cpp|h|sh|so|lock|ya?ml|toml|ini|cfg|png|jpe?g|gif|svg|pdf|webp|mp4|wav|"
    r"pt|pth|ckpt|bin|h5|keras|pb|onnx|safetensors|npy|npz|zip|gz|tar|tgz|bz2|xz|zst|7z)",
    re.IGNORECASE,
)
# Names so telling that a file which cannot be read is worth a word even among many.
_TELLING = re.compile(
    r".*tfevents.*|.*\.wandb|trainer_state\.json|(main|train|training)\.log|"
    r"(metrics|progress|results|measurements|training_log|trainer_log|train_log|history)\.(csv|tsv|jsonl)"
)
_TABLE_LIKE = frozenset({".csv", ".tsv", ".jsonl", ".parquet"})


@dataclass(frozen=True)
class Refusal:
    """A file or directory that was not read.

    Args:
        path: what was refused.
        reason: what it is, then what to do next; one line.
    """

    path: Path
    reason: str


@dataclass(frozen=True)
class Found:
    """What a path holds: logs to read, and what looked like one but cannot be read; each in order of path."""

    sources: tuple[Source, ...]
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True)
class _Recognised:
    path: Path
    reader: Reader
    why: str


def discover(path: Path) -> Found:
    """The logs at `path`, a file or a directory; nothing is read beyond each file's head.

    Raises:
        UnreadableError: there is nothing at `path`, or it may not be read.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            with os.scandir(path):
                return _in_directory(path)
        if stat.S_ISREG(mode):
            return _of_file(path)
    except FileNotFoundError as error:
        raise UnreadableError(f"no such file or directory: {path}: check the spelling") from error
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror or 'cannot be read'}: check its permissions") from error
    raise UnreadableError(f"{path}: neither a file nor a directory: save the log to a file first")


def expand(paths: Iterable[str | Path]) -> list[Path]:
    """The paths with globs (`runs/*/version_?`, `**`) replaced by what they match, sorted, each path once.

    A glob that matches nothing stays as it is, so that `discover` can say that there is no such file.
    """
    expanded: dict[Path, None] = {}
    for path in paths:
        here = Path(path).expanduser()
        matches = [] if here.exists() else glob.glob(str(here), recursive=True)  # noqa: PTH207 - takes absolute globs
        for match in sorted(matches, key=_natural) or [str(here)]:
            expanded[Path(match)] = None
    return list(expanded)


def known_formats() -> str:
    """The titles of all formats that can be read, as a list in a sentence."""
    return ", ".join(reader.title for reader in READERS if not reader.refuses)


def _of_file(path: Path) -> Found:
    head = look(path)
    recognised = _recognise(head)
    if recognised is None:
        what = what_it_seems(head)
        # Where the file itself can be mended, a list of other formats would only hide how.
        known = f" (known formats: {known_formats()})" if "known" in what else ""
        return Found((), (Refusal(path, what + known),))
    return _sorted([_source(recognised, path, (path,))])


def _in_directory(top: Path) -> Found:
    found: list[_Recognised] = []
    entries: list[Source | Refusal] = []
    passed_over: list[Path] = []
    for entry in _files(top):
        if isinstance(entry, Refusal):
            entries.append(entry)
            continue
        try:
            head = None if _is_unrelated(entry) else look(entry)
        except OSError as error:
            entries.append(Refusal(entry, f"{error.strerror or 'cannot be read'}: check its permissions"))
            continue
        recognised = None if head is None else _recognise(head)
        if recognised is not None:
            found.append(recognised)
        elif head is not None and _looks_like_a_log(head):
            entries.append(Refusal(entry, what_it_seems(head)))
        else:
            passed_over.append(entry)
    entries += _grouped(found, top)
    if not entries:
        entries.append(Refusal(top, _nothing_among(passed_over)))
    return _sorted(entries)


def _files(top: Path) -> Iterator[Path | Refusal]:
    """Regular files below `top`, sorted; hidden and cache directories left out, links to directories not followed."""
    refused: list[Refusal] = []

    def refuse(error: OSError) -> None:
        refused.append(
            Refusal(Path(error.filename or top), f"{error.strerror or 'cannot be read'}: check its permissions")
        )

    count = 0
    for folder, folders, names in os.walk(top, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__")
        for name in sorted(name for name in names if not name.startswith(".")):
            path = Path(folder, name)
            if count == MAX_FILES:
                yield Refusal(top, f"more than {MAX_FILES:,} files: stopped looking; name a directory further down")
                return
            count += 1
            try:
                if stat.S_ISREG(path.stat().st_mode):  # a pipe would block for ever
                    yield path
            except OSError:
                continue  # a link to nowhere
    yield from refused


def _recognise(head: Head) -> _Recognised | None:
    for reader in READERS:
        why = reader.recognise(head)
        if why is not None:
            return _Recognised(head.path, reader, why)
    return None


def _grouped(found: Sequence[_Recognised], top: Path) -> Iterator[Source | Refusal]:
    """Recognised files put together to logs: event files and TensorBoard-page downloads by run, others alone."""
    by_path = {one.path: one for one in found}
    events = [one.path for one in found if one.reader.name == "tensorboard"]
    for folder, files in group_event_files(events, top).items():
        yield _source(by_path[files[0]], folder, files)
    downloads: dict[tuple[Path, str], list[Path]] = {}
    for one in found:
        if one.reader.name == "tb-ui" and "-tag-" in one.path.name:
            downloads.setdefault((one.path.parent, run_and_tag(one.path.stem)[0]), []).append(one.path)
        elif one.reader.name != "tensorboard" and one.reader.home is None:
            yield _source(one, one.path, (one.path,))
    bundles: dict[tuple[str, Path], list[Path]] = {}
    for one in found:
        if one.reader.home is not None:
            home = one.reader.home(one.path)
            bundles.setdefault((one.reader.name, home if home.is_relative_to(top) else top), []).append(one.path)
    for (_, home), several in bundles.items():
        yield _source(by_path[several[0]], home, tuple(several))
    runs_in = Counter(folder for folder, _ in downloads)
    for (folder, _), curves in downloads.items():
        whole_folder = runs_in[folder] == 1 and len(curves) > 1
        yield _source(by_path[curves[0]], folder if whole_folder else curves[0], tuple(curves))


def _source(recognised: _Recognised, path: Path, files: tuple[Path, ...]) -> Source | Refusal:
    """The source, with its settings files; a refusal where the format can carry no curve."""
    source = Source(path, files, recognised.reader.name, recognised.why, _companions(path, files))
    if not recognised.reader.refuses:
        return source
    try:
        recognised.reader.read(source)
    except UnreadableError as error:
        return Refusal(path, str(error))
    return source


def _companions(path: Path, files: Sequence[Path]) -> tuple[Path, ...]:
    if files[0].suffix == ".wandb":
        candidates = [files[0].parent / "files" / "config.yaml"]
    else:
        own = path if path.is_dir() else path.parent
        folders = dict.fromkeys([own, *(file.parent for file in files)])
        if is_generic(own.name):  # `tensorboard/` beside `config.yaml`
            folders[own.parent] = None
        candidates = [folder / name for folder in folders for name in SETTINGS_NAMES]
    return tuple(candidate for candidate in candidates if candidate.is_file())


def _is_unrelated(path: Path) -> bool:
    # An event file's name ends with its host's, so `.h` or `.so` there means nothing.
    return bool(_UNRELATED.fullmatch(path.suffix)) and "tfevents" not in path.name


def _looks_like_a_log(head: Head) -> bool:
    pointer = head.data.startswith(b"version https://git-lfs")
    return bool(_TELLING.fullmatch(head.path.name.lower())) or (pointer and head.path.suffix.lower() in _TABLE_LIKE)


def _nothing_among(files: Sequence[Path]) -> str:
    if not files:
        return f"no training log: the directory holds no file; lrdoctor reads {known_formats()}"
    kinds = Counter(path.suffix.lower() or "without extension" for path in files).most_common(4)
    shown = ", ".join(f"{count} {kind}" for kind, count in kinds)
    count = "1 file" if len(files) == 1 else f"{len(files):,} files"
    return f"no training log among {count} ({shown}): lrdoctor reads {known_formats()}"


def _sorted(entries: Sequence[Source | Refusal]) -> Found:
    ordered = sorted(entries, key=lambda entry: [_natural(part) for part in entry.path.parts])
    return Found(
        tuple(entry for entry in ordered if isinstance(entry, Source)),
        tuple(entry for entry in ordered if isinstance(entry, Refusal)),
    )


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key under which `version_2` comes before `version_10`."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d{1,18})", text) if part]
