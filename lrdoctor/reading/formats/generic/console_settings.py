"""Settings that a text log prints: before its first training, or in a line above each of several.

Namespace(arch='resnet50', batch_size=256, lr=0.1, epochs=90)
Config param learning_rate: 3e-05
=== lr=0.01 ===
"""

import re
from collections.abc import Mapping, Sequence

from lrdoctor.reading.formats.generic.console_line import Line
from lrdoctor.reading.formats.generic.console_steps import Row
from lrdoctor.records.run import HParam
from lrdoctor.vocabulary.lr_names import PEAK_SETTINGS
from lrdoctor.vocabulary.optimizers import OPTIMIZERS
from lrdoctor.vocabulary.tags import words

SETTINGS = frozenset({*PEAK_SETTINGS, "batch_size", "train_batch_size", "momentum", "weight_decay"})
CALLED_SETTINGS = frozenset(
    {"config", "cfg", "param", "params", "parameter", "args", "arg", "hparam", "hparams", "optimizer", "optim"}
    | {spelling for one in OPTIMIZERS for spelling in one.spellings if spelling not in {"momentum"}}
)

_LAYER = re.compile(r"^\s*\(\w{1,60}\): \w|Norm(?:alization)?\w{0,12}\(")

# All arguments in one line, however few are known here: `Namespace(lr=0.001, epochs=60)`, `{'lr': 0.1, 'epochs': 9}`.
_ALL = re.compile(
    r"(?:Namespace|Config|Args|Arguments|Params|HParams)\(\s?\w{1,60}=|"
    r"\{['\"](?:.{0,500}['\"])?(?:num_|n_|max_|num_train_|total_)?(?:epochs|steps|iters|iterations)['\"]: ?\d"
)

Training = Sequence[tuple[float, Row]]


def settings_of(text: str, line: Line) -> dict[str, HParam]:
    """The settings in a line above the first training; none where it is one of a training.

    A line that counts something may be about an epoch, unless it names several settings or is all arguments.
    A printed model's layers have settings of their own: `(norm): BatchNorm2d(32, eps=0.001, momentum=0.03)`.
    """
    if line.losses() or _LAYER.search(text):
        return {}
    found = _settings(line.values)
    return found if len(found) > 1 or (line.epoch is None and line.at is None) or names_all(text) else {}


def names_all(text: str) -> bool:
    """Whether a line is a program's arguments, printed as one value."""
    return _ALL.search(text) is not None


def under_headings(trainings: Sequence[Training]) -> list[tuple[Training, dict[str, HParam]]]:
    """Each training with the settings that stood above it, after the training before.

    Where such lines stand within a training too, they are what its schedule printed and no settings.
    """
    above: dict[str, HParam] = {}
    told: list[tuple[Training, dict[str, HParam]]] = []
    for training in trainings:
        end = len(training)
        while end and _is_heading(training[end - 1][1]):
            end -= 1
        if any(_is_heading(row) for _, row in training[:end]):
            return [(training, {}) for training in trainings]
        told.append((training[:end], above))
        above = {}
        for _, row in training[end:]:
            above |= _settings(dict(row.values))
    return told


def _settings(values: Mapping[str, float]) -> dict[str, HParam]:
    named = {name: value for key, value in values.items() if (name := _setting(key))}
    return {name: int(value) if value.is_integer() else value for name, value in named.items()}


def _setting(key: str) -> str:
    """The setting that a key names, without what says that it is one; else ""."""
    parts = words(key)
    while parts and parts[0] in CALLED_SETTINGS:
        parts = parts[1:]
    name = "_".join(parts)
    return name if name in SETTINGS else ""


def _is_heading(row: Row) -> bool:
    return not row.main and all(_setting(tag) for tag, _ in row.values)
