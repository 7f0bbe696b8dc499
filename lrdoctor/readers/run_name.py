"""A short name for a run, from the path of its log."""

import re
from pathlib import Path

# Names that every run's log has; the folder above says which run it is.
_GENERIC = re.compile(
    r"(.*tfevents.*|metrics|results|progress|progress_logs|history|training_log|training_history|train_log|trainer_log|"
    r"trainer_state|log|logs|train|training|output|stdout|measurements|eval_measurements|scalars|run|result|files|wandb|"
    r"lightning_logs|tensorboard|events|validation|valid|val|eval|evaluation|test)",
    re.IGNORECASE,
)
_HOMES = frozenset({"home", "Users", "Documents and Settings", ""})


def run_name(path: Path) -> str:
    """The file's or folder's own name without extension; for a generic one (`metrics.csv`, `train`) the folder's.

    Never the name of a home directory, which is a person's.

    >>> run_name(Path("/data/resnet/metrics.csv")), run_name(Path("/home/ada/log.txt")), run_name(Path("/runs/lr=0.1"))
    ('resnet', 'log', 'lr=0.1')
    """
    own = path.absolute()
    stem = own.stem if own.suffix.lower() in _SUFFIXES else own.name
    for folder in [None, *own.parents]:
        name = stem if folder is None else folder.name
        if folder is not None and folder.parent.name in _HOMES:
            break
        if not _GENERIC.fullmatch(name):
            return name
    return stem


_SUFFIXES = frozenset({".csv", ".tsv", ".txt", ".log", ".json", ".jsonl", ".parquet", ".wandb", ".out"})
