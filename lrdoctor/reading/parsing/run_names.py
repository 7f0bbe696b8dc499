"""What a run is called: by its log, by the log's path, and so that several runs are told apart."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from lrdoctor.reading.parsing.settings_files import flatten
from lrdoctor.records.run import Run

MAX_CHARACTERS = 100  # of a name that a log gives

# Names that every run's log has; the folder above says which run it is.
_GENERIC = re.compile(
    r"(.*tfevents.*|metrics|results|progress|progress_logs|history|training_log|training_history|train_log|trainer_log|"
    r"trainer_state|log_history|trainhistorydict|log|logs|main|console|train|training|output|stdout|\d{8}_\d{6}|"
    r"measurements|eval_measurements|scalars|summary|run|result|files|wandb|"
    r"lightning_logs|csv|csv_logs|tb|tb_logs|dvclive|tensorboard|events|validation|valid|val|eval|evaluation|test|runs|"
    r"[a-z]{3}\d\d_\d\d-\d\d-\d\d_.*)",  # Hugging Face: the date and the host, which is nobody's business
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"version_\d+", re.IGNORECASE)
_HOMES = frozenset({"home", "Users", "Documents and Settings", ""})
_SUFFIXES = frozenset(
    {".csv", ".tsv", ".txt", ".log", ".json", ".jsonl", ".parquet", ".wandb", ".out", ".db", ".pkl", ".pickle"}
)


def run_name(path: Path, *given: str, part: str | int | None = None) -> str:
    """The short name of a run.

    Args:
        path: its log's.  The name is that of the file or folder without extension; for a generic one (`metrics.csv`,
            `train`) the folder's above; never that of a home directory, which is a person's.
        given: what the log itself calls the run, best first: the first that may be shown takes the path's place.
        part: what tells the run from others of the same log; it comes behind a slash.

    >>> run_name(Path("/data/resnet/metrics.csv")), run_name(Path("/home/ada/log.txt")), run_name(Path("/runs/lr=0.1"))
    ('resnet', 'log', 'lr=0.1')
    >>> run_name(Path("/runs/a/log.txt"), "ada@example.org", "calm-goose"), run_name(Path("/runs/a/log.txt"), part=2)
    ('calm-goose', 'a/2')
    """
    name = displayable_name(*given) or _path_name(path)
    return name if part is None else f"{name}/{part}"


def displayable_name(*given: str) -> str:
    """The first of the names that a log gives which is not empty and names neither a person nor a machine; else empty.

    >>> displayable_name("", "ada@example.org", "mysterious-goose-781", "5a05bec6"), displayable_name("/home/ada/study")
    ('mysterious-goose-781', '')
    """
    for name in given:
        shown = flatten({"title": name.strip()}).get("title")
        if isinstance(shown, str) and shown:
            return shown[:MAX_CHARACTERS]
    return ""


def _path_name(path: Path) -> str:
    names = _public_parts(path)
    own = [name for name in names if not _GENERIC.fullmatch(name)] or names[-1:]
    # Lightning numbers its runs: the number alone says little, the folder alone too little.
    return "/".join(own[-2:] if _NUMBERED.fullmatch(own[-1]) else own[-1:])


def is_generic(name: str) -> bool:
    """Whether every run's log is called so, or its folder is: the folder above says which run it is."""
    return bool(_GENERIC.fullmatch(name))


def unique_names(runs: Sequence[Run]) -> tuple[Run, ...]:
    """The runs with names that differ: equal ones get as much of their path in front as it takes, then the format."""
    names = [run.name for run in runs]
    for name, count in Counter(names).items():
        if count > 1:
            places = [place for place, other in enumerate(names) if other == name]
            for place, longer in zip(places, _distinguished([runs[place] for place in places]), strict=True):
                names[place] = longer
    final: dict[str, Run] = {}
    for run, name in zip(runs, names, strict=True):
        unique, count = name, 1
        while unique in final:
            count += 1
            unique = f"{name} #{count}"
        final[unique] = run if run.name == unique else replace(run, name=unique)
    return tuple(final.values())


def _distinguished(runs: Sequence[Run]) -> list[str]:
    """Longer names for runs that have the same one."""
    above = [_parts_above(run) for run in runs]
    labels = [run.name for run in runs]
    for depth in range(1, max(map(len, above)) + 1):
        if len(set(labels)) == len(set(above)):
            break
        labels = ["/".join([*parts[-depth:], run.name]) for parts, run in zip(above, runs, strict=True)]
    counts = Counter(labels)
    return [
        label if counts[label] == 1 else f"{label} ({run.source.format})"
        for label, run in zip(labels, runs, strict=True)
    ]


def _parts_above(run: Run) -> tuple[str, ...]:
    """The parts of the run's path before the one it is named after; all of them where none is."""
    parts = _public_parts(run.source.path)
    return tuple(parts[: len(parts) - 1 - parts[::-1].index(run.name)] if run.name in parts else parts)


def _public_parts(path: Path) -> list[str]:
    """The names along the path, the last without its extension; nothing up to and including a home directory."""
    own = Path(os.path.normpath(path.absolute()))  # `a/../b` is b, whatever it links to
    names = [own.stem if own.suffix.lower() in _SUFFIXES else own.name]
    for folder in own.parents:
        if folder.parent.name in _HOMES:
            break
        names.append(folder.name)
    return names[::-1]
