"""What a file's name says before it is opened."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from lrdoctor.display import MAX_BYTES_OPTION, size
from lrdoctor.reading.formats import READERS
from lrdoctor.reading.parsing.run_names import is_generic

# Of one file.  The largest logs met are event files with images, some hundred MB; a reader keeps up to ten times that.
MAX_BYTES = 2_000_000_000
HYDRA_LEVELS = 3  # between a log and its job's folder: `csv/version_0/metrics.csv` below `.hydra/config.yaml`

# The first that names a setting wins.
SETTINGS_NAMES = (
    *("hparams.yaml", "hparams.yml", "hparams.json", "params.json", "params.yaml", "args.yaml", "args.json"),
    *("opt.yaml", "hyp.yaml", "config.yaml", "config.yml", "config.json", ".hydra/config.yaml"),
    *("training_args.json", "training_args.yaml", "train_config.json"),
    *(name for reader in READERS for name in reader.settings_names),
)

# Hidden folders that are searched, and the one file in each that stands for its log.
HIDDEN = dict(reader.hidden.split("/") for reader in READERS if reader.hidden)

# Never a log, and often large or many; skipped unopened, unless a format is told by the name.
_UNRELATED = re.compile(
    r"\.(py|pyc|md|rst|html?|css|js|c|cpp|h|sh|so|lock|ya?ml|toml|ini|cfg|png|jpe?g|gif|svg|pdf|webp|mp4|wav|"
    r"pt|pth|ckpt|bin|h5|keras|pb|onnx|safetensors|npy|npz|zip|gz|tar|tgz|bz2|xz|zst|7z)",
    re.IGNORECASE,
)
# Names so telling, of any format or of one, that a file which cannot be read is worth a word even among many.
_TELLING = re.compile(
    "|".join(
        [
            *(reader.telling for reader in READERS if reader.telling),
            r"(main|train|training)\.log",
            r"(metrics|progress|results|measurements|training_log|trainer_log|train_log|history)\.(csv|tsv|jsonl)",
        ]
    )
)
_COMPRESSED = re.compile(r"\.(gz|bz2|xz|tgz|tbz2|txz|tar|zip)", re.IGNORECASE)


def may_be_a_log(path: Path) -> bool:
    """Whether a file of that name is worth opening: no code, picture, checkpoint, ..."""
    return not is_unrelated(path)


def is_settings(path: Path) -> bool:
    """Whether a file of that name may hold the settings of a log beside it."""
    return path.name in SETTINGS_NAMES or path.parts[-2:] == (".hydra", "config.yaml")


def is_telling(path: Path) -> bool:
    """Whether only a log has such a name."""
    return bool(_TELLING.fullmatch(path.name.lower()))


def is_compressed(path: Path) -> bool:
    """Whether the name is one of a compressed file or archive that can be unpacked here."""
    return bool(_COMPRESSED.fullmatch(path.suffix))


def too_large(bytes_: int | None, max_bytes: int) -> str:
    """Why a file of so many bytes, or of too many to go on, is refused."""
    found = "larger" if bytes_ is None else f"{size(bytes_)}: larger"
    return f"{found} than the {size(max_bytes)} that {MAX_BYTES_OPTION} allows: raise it, or name a shorter log"


def companions_of(
    path: Path, files: Sequence[Path], own_settings: Callable[[Sequence[Path]], Sequence[Path]] | None = None
) -> tuple[Path, ...]:
    """The settings files that belong to a log at `path` of these `files`; `own_settings` is its `Reader.settings`."""
    if own_settings is not None:
        candidates = list(own_settings(files))
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


def is_unrelated(path: Path) -> bool:
    """Whether a file of that name is never a log: code, picture, checkpoint, ..."""
    # An event file's name ends with its host's, so `.h` or `.so` there means nothing.
    return bool(_UNRELATED.fullmatch(path.suffix)) and not is_telling(path)
