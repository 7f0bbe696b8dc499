"""Settings that a text log prints: above its first training, and above each of several.

Namespace(arch='resnet50', batch_size=256, lr=0.1, epochs=90)
Config param learning_rate: 3e-05
=== lr=0.01 ===
Training with Adam, batch size 32
"""

import re
from collections.abc import Mapping, Sequence

from lrdoctor.reading.formats.generic.console_line import MAX_LINE, Line
from lrdoctor.reading.formats.generic.console_steps import Row
from lrdoctor.records.run import HParam
from lrdoctor.vocabulary.lr_names import PEAK_SETTINGS
from lrdoctor.vocabulary.optimizers import OPTIMIZERS
from lrdoctor.vocabulary.tags import words

_BATCH = frozenset({"batch_size", "train_batch_size", "batchsize", "bs"})
SETTINGS = frozenset({*PEAK_SETTINGS, *_BATCH, "momentum", "weight_decay", "wd"})
# Of one LR there are several names, and a later training may be told of by another one than the first.
_SAME = (frozenset(PEAK_SETTINGS), _BATCH, frozenset({"weight_decay", "wd"}))
CALLED_SETTINGS = frozenset(
    {"config", "cfg", "param", "params", "parameter", "args", "arg", "hparam", "hparams", "optimizer", "optim"}
    | {spelling for one in OPTIMIZERS for spelling in one.spellings if spelling not in {"momentum"}}
)
# `Training with lr=0.01`, `Trying learning rate 0.1`, `learning rate set to 0.1`
_PROSE = CALLED_SETTINGS | frozenset(
    {"training", "train", "trained", "running", "run", "starting", "start", "trying", "try", "testing", "using", "use"}
    | {"with", "for", "at", "and", "a", "the", "now", "new", "next", "experiment", "trial", "case", "model", "network"}
)
_PROSE_BEHIND = frozenset({"set", "to", "is", "used", "of"})

_LAYER = re.compile(r"^\s*\(\w{1,60}\): \w|Norm(?:alization)?\w{0,12}\(")

# All arguments in one line, however few are known here: `Namespace(lr=0.001, epochs=60)`, `{'lr': 0.1, 'epochs': 9}`.
_ALL = re.compile(
    r"(?:Namespace|Config|Args|Arguments|Params|HParams)\(\s?\w{1,60}=|"
    r"\{['\"](?:.{0,500}['\"])?(?:num_|n_|max_|num_train_|total_)?(?:epochs|steps|iters|iterations)['\"]: ?\d"
)

_OPTIMIZER = re.compile(
    r"\boptimi[sz]er(?:[_ ](?:name|type))?['\"]?(?:\s{0,8}[:=]| is) ?(?:<class )?['\"]?(?:[a-z_]{1,30}\.){0,4}"
    r"([A-Za-z]\w{1,30})\b",
    re.IGNORECASE,
)
# Those whose name is no other word of a training's.
_NAME = r"(sgd|adam|adamw|adamax|nadam|radam|rmsprop|adagrad|adadelta|adafactor|lars|lamb|lion|muon|adabelief)"
_CALLED = re.compile(
    rf"\b(?:with|using|uses?|optimizer|optim|training|trying|running)(?: the)? {_NAME}\b(?!-)|"
    rf"\b{_NAME} optimi[sz]er\b|^[\W_]{{0,40}}{_NAME}[\W_]{{0,40}}$",
    re.IGNORECASE,
)
_LETTERS = ("optim", "sgd", "ada", "rms", "lars", "lamb", "lion", "muon")  # some of each: most lines have none
_BESIDE = re.compile(rf"\b{_NAME}\b", re.IGNORECASE)  # in a line with other settings

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


def says_only(line: Line) -> bool:
    """Whether a line names settings and nothing else."""
    return bool(line.values) and all(map(_setting, line.values))


def optimizer_of(text: str, *, beside_settings: bool) -> str | None:
    """The optimizer that a line names; None where it names none.

    >>> [optimizer_of(text, beside_settings=False) for text in ("Optimizer: SGD", "--- Adam ---", "Adam 0.1")]
    ['SGD', 'Adam', None]
    """
    lower = text.lower()
    if not any(map(lower.__contains__, _LETTERS)):
        return None
    if match := _OPTIMIZER.search(text):
        return match[1]
    if len(text) > MAX_LINE:
        return None
    match = _CALLED.search(text) or (_BESIDE.search(text) if beside_settings else None)
    return None if match is None else next(filter(None, match.groups()))


def under_headings(
    trainings: Sequence[Training], above: Mapping[str, HParam]
) -> list[tuple[Training, dict[str, HParam]]]:
    """Each training with its settings: those of the first, but for what stood above it, after the training before.

    Where a line with one setting stands within a training too, it is what its schedule printed and no heading.

    Args:
        trainings: in the log's order.
        above: what stood above the first one.
    """
    scheduled = {
        name
        for training in trainings
        for row in _within(training)
        if len(row.settings) == 1
        for name, _ in row.settings
    }
    settings = dict(above)
    told: list[tuple[Training, dict[str, HParam]]] = []
    for training in trainings:
        end = len(_within(training))
        behind = training[end:]
        stated = [row for _, row in behind if row.settings and not scheduled.issuperset(dict(row.settings))]
        told.append(([*training[:end], *(it for it in behind if it[1] not in stated)], settings))
        settings = _restated(settings, {name: value for row in stated for name, value in row.settings})
    return told


def _within(training: Training) -> list[Row]:
    """The rows of a training up to the last with its loss."""
    last = max((place for place, (_, row) in enumerate(training) if row.main), default=-1)
    return [row for _, row in training[: last + 1]]


def _restated(settings: Mapping[str, HParam], new: Mapping[str, HParam]) -> dict[str, HParam]:
    gone = {name for names in _SAME if names & new.keys() for name in names}
    return {name: value for name, value in settings.items() if name not in gone} | dict(new)


def _settings(values: Mapping[str, float]) -> dict[str, HParam]:
    named = {name: value for key, value in values.items() if (name := _setting(key))}
    return {name: int(value) if value.is_integer() else value for name, value in named.items()}


def _setting(key: str) -> str:
    """The setting that a key names, without what says that it is one; else ""."""
    parts = words(key)
    while parts and parts[-1] in _PROSE_BEHIND:
        parts = parts[:-1]
    while parts and (name := "_".join(parts)) not in SETTINGS and parts[0] in _PROSE:
        parts = parts[1:]
    return name if parts and name in SETTINGS else ""
