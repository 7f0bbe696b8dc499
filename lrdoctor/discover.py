"""From a path to the logs in it: which files together are one log, and why others are refused."""

import glob
import os
import re
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lrdoctor.display import size
from lrdoctor.errors import TRACEBACK, UnreadableError, internal_error
from lrdoctor.event_folders import group_event_files
from lrdoctor.readers import READERS
from lrdoctor.readers.head import Head, look
from lrdoctor.readers.parsing.own_report import is_own_report
from lrdoctor.readers.parsing.run_name import is_generic
from lrdoctor.readers.reader import Reader
from lrdoctor.readers.tb_ui import run_and_tag
from lrdoctor.readers.unknown import what_it_seems
from lrdoctor.records.run import Source
from lrdoctor.records.unreadable import Refusal
from lrdoctor.walk import files_below, why_not

# Of one file.  The largest logs met are event files with images, some hundred MB; a reader keeps up to ten times that.
MAX_BYTES = 2_000_000_000
HYDRA_LEVELS = 3  # between a log and its job's folder: `csv/version_0/metrics.csv` below `.hydra/config.yaml`

# The first that names a setting wins.
SETTINGS_NAMES = (
    *("hparams.yaml", "hparams.yml", "hparams.json", "params.json", "params.yaml", "args.yaml", "args.json"),
    *("opt.yaml", "hyp.yaml", "config.yaml", "config.yml", "config.json", ".hydra/config.yaml"),
    *("training_args.json", "training_args.yaml", "train_config.json", "flags_0.json"),
)

_LISTED = "`lrdoctor formats` lists what can be read"

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
_COMPRESSED = re.compile(r"\.(gz|bz2|xz|tgz|tbz2|txz|tar|zip)", re.IGNORECASE)
NOTHING = "no training log"


@dataclass(frozen=True)
class Found:
    """What a path holds: logs to read, and what looked like one but cannot be read; each in order of path.

    `compressed` are files of a directory that may hold logs once they are unpacked (see `fetch`).
    """

    sources: tuple[Source, ...]
    refused: tuple[Refusal, ...] = ()
    compressed: tuple[Path, ...] = ()


@dataclass(frozen=True)
class _Recognised:
    path: Path
    reader: Reader
    why: str


def discover(path: Path, max_bytes: int = MAX_BYTES) -> Found:
    """The logs at `path`, a file or a directory; nothing is read beyond each file's head.

    A log with a file of more than `max_bytes` is refused.

    Raises:
        UnreadableError: there is nothing at `path`, or it may not be read.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            with os.scandir(path):
                pass
            return _in_directory(path, max_bytes)
        if stat.S_ISREG(mode):
            return _of_file(path, max_bytes)
    except FileNotFoundError as error:
        raise UnreadableError(f"no such file or directory: {path}: check the spelling") from error
    except OSError as error:
        raise UnreadableError(f"{path}: {why_not(error)}") from error
    except ValueError as error:  # a NUL character
        raise UnreadableError(f"{str(path)!r} is no path: check the spelling") from error
    raise UnreadableError(f"{path}: neither a file nor a directory: save the log to a file first")


def expand(paths: Iterable[str | Path]) -> list[Path]:
    """The paths with globs (`runs/*/version_?`, `**`) replaced by what they match, sorted, each path once.

    A glob that matches nothing stays as it is, so that `discover` can say that there is no such file.
    """
    expanded: dict[Path, None] = {}
    for path in paths:
        here = Path(path)
        try:
            here = here.expanduser()
            matches = [] if here.exists() else glob.glob(str(here), recursive=True)  # noqa: PTH207 - takes absolute globs
        except (OSError, RuntimeError, ValueError):  # a name too long, nobody's home, a NUL: `discover` says so
            matches = []
        for match in sorted(matches, key=_natural) or [str(here)]:
            expanded[Path(match)] = None
    return list(expanded)


def known_formats() -> list[str]:
    """The titles of all formats that can be read, from the most specific to the least."""
    return [reader.title for reader in READERS if not reader.refuses]


def may_be_a_log(path: Path) -> bool:
    """Whether a file of that name is worth opening: no code, picture, checkpoint, ..."""
    return not _is_unrelated(path)


def is_settings(path: Path) -> bool:
    """Whether a file of that name may hold the settings of a log beside it."""
    return path.name in SETTINGS_NAMES or path.parts[-2:] == (".hydra", "config.yaml")


def is_telling(path: Path) -> bool:
    """Whether only a log has such a name."""
    return bool(_TELLING.fullmatch(path.name.lower()))


def is_compressed(path: Path) -> bool:
    """Whether the name is one of a compressed file or archive that can be unpacked here."""
    return bool(_COMPRESSED.fullmatch(path.suffix))


def is_log(head: Head) -> bool:
    """Whether some reader takes a file that begins so for its own."""
    return isinstance(_recognise(head), _Recognised)


def too_large(bytes_: int | None, max_bytes: int) -> str:
    """Why a file of so many bytes, or of too many to go on, is refused."""
    found = "larger" if bytes_ is None else f"{size(bytes_)}: larger"
    return f"{found} than the {size(max_bytes)} that --max-bytes allows: raise it, or name a shorter log"


def _too_costly(recognised: _Recognised, head: Head, max_bytes: int) -> str:
    """Why reading the file takes more than is allowed; empty where it does not."""
    cost = recognised.reader.cost(head)
    if cost.bytes_ <= max_bytes:
        return ""
    if not cost.why:
        return too_large(head.size, max_bytes)
    return (
        f"{size(head.size)}: {cost.why} ({size(cost.bytes_)}), more than the {size(max_bytes)} that --max-bytes "
        "allows: raise it, or name a shorter log"
    )


def companions_of(path: Path, files: Sequence[Path]) -> tuple[Path, ...]:
    """The settings files that belong to a log at `path` that consists of `files`."""
    if files[0].suffix == ".wandb":
        candidates = [files[0].parent / "files" / "config.yaml"]
    else:
        own = path if path.is_dir() else path.parent
        folders = dict.fromkeys([own, *(file.parent for file in files)])
        if is_generic(own.name):  # `tensorboard/` beside `config.yaml`
            folders[own.parent] = None
        above = next((folder for folder in own.parents[:HYDRA_LEVELS] if (folder / ".hydra").is_dir()), None)
        if above is not None:
            folders[above] = None
        candidates = [folder / name for folder in folders for name in SETTINGS_NAMES]
    return tuple(candidate for candidate in candidates if _is_file(candidate))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that may not be entered
        return False


def _of_file(path: Path, max_bytes: int) -> Found:
    head = look(path)
    recognised = _recognise(head)
    if recognised is None:
        what = what_it_seems(head)
        # Where the file itself can be mended, a list of other formats would only hide how.
        known = f"; {_LISTED}" if "known" in what else ""
        return Found((), (Refusal(path, what + known),))
    if isinstance(recognised, Refusal):
        return Found((), (recognised,))
    why = _too_costly(recognised, head, max_bytes)
    if why:
        return Found((), (Refusal(path, why),))
    return _sorted([_source(recognised, path, (path,))])


def _in_directory(top: Path, max_bytes: int) -> Found:
    found: list[_Recognised] = []
    entries: list[Source | Refusal] = []
    passed_over: list[Path] = []
    for entry in files_below(top, is_telling):
        if isinstance(entry, Refusal):
            entries.append(entry)
            continue
        try:
            head = None if _is_unrelated(entry) or is_compressed(entry) else look(entry)
        except OSError as error:
            entries.append(Refusal(entry, why_not(error)))
            continue
        recognised = None if head is None else _recognise(head)
        if isinstance(recognised, Refusal):
            entries.append(recognised)
        elif recognised is not None and head is not None:
            why = _too_costly(recognised, head, max_bytes)
            if why:
                entries.append(Refusal(entry, why))
            else:
                found.append(recognised)
        elif head is not None and _looks_like_a_log(head):
            entries.append(Refusal(entry, what_it_seems(head)))
        else:
            passed_over.append(entry)
    entries += _grouped(_without_scores(found), top)
    if not entries:
        entries.append(Refusal(top, _nothing_among(passed_over)))
    return _sorted(entries, tuple(path for path in passed_over if is_compressed(path)))


def _without_scores(found: Sequence[_Recognised]) -> list[_Recognised]:
    """The recognised files without the final scores that a trainer wrote beside its log, or above it."""
    with_log = {folder for one in found if not one.reader.refuses for folder in one.path.parents}
    return [one for one in found if not (one.reader.beside_logs and one.path.parent in with_log)]


def _recognise(head: Head) -> _Recognised | Refusal | None:
    if is_own_report(head):  # with the curves of a log in it
        return None
    for reader in READERS:
        try:
            why = reader.recognise(head)
        except Exception as error:  # a bug in one reader must not hide the other logs
            if TRACEBACK in os.environ:
                raise
            return Refusal(head.path, internal_error(error))
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
    source = Source(path, files, recognised.reader.name, recognised.why, companions_of(path, files))
    if not recognised.reader.refuses:
        return source
    try:
        recognised.reader.read(source)
    except UnreadableError as error:
        return Refusal(path, str(error))
    return source


def _is_unrelated(path: Path) -> bool:
    # An event file's name ends with its host's, so `.h` or `.so` there means nothing.
    return bool(_UNRELATED.fullmatch(path.suffix)) and "tfevents" not in path.name


def _looks_like_a_log(head: Head) -> bool:
    pointer = head.data.startswith(b"version https://git-lfs")
    return (is_telling(head.path) and not is_own_report(head)) or (pointer and head.path.suffix.lower() in _TABLE_LIKE)


def _nothing_among(files: Sequence[Path]) -> str:
    if not files:
        return f"{NOTHING}: the directory holds no file; {_LISTED}"
    kinds = Counter(path.suffix.lower() or "without extension" for path in files).most_common(4)
    shown = ", ".join(f"{count} {kind}" for kind, count in kinds)
    count = "1 file" if len(files) == 1 else f"{len(files):,} files"
    return f"{NOTHING} among {count} ({shown}): {_LISTED}"


def _sorted(entries: Sequence[Source | Refusal], compressed: tuple[Path, ...] = ()) -> Found:
    ordered = sorted(entries, key=lambda entry: [_natural(part) for part in entry.path.parts])
    return Found(
        tuple(entry for entry in ordered if isinstance(entry, Source)),
        tuple(entry for entry in ordered if isinstance(entry, Refusal)),
        compressed,
    )


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sort key under which `version_2` comes before `version_10`."""
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d{1,18})", text) if part]
