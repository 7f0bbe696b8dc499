"""Lines of several processes in one text: the ranks of one training, or trainings that ran at the same time.

    [rank0]: step 10 loss 2.93                              torchrun
    0: step 10 loss 2.93                                    srun --label
    [1,0]<stdout>: step 10 loss 2.93                        mpirun
    (RayTrainWorker pid=100, ip=10.0.0.1) step 10 loss 2.93
    10:00:01 INFO rank=0 step 10 loss 2.93
    (train_fn pid=1234) step 10 loss 2.93                   Ray Tune: another training for each pid
    [lr=0.1] step 10 loss 2.93                              xargs, a pool: another training for each LR

Before each line, or in it, stands a label that repeats, and the lines of every label count the same steps.  Ranks that
hold other samples log losses that differ by noise; trainings differ by more, or their labels say so.
"""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from lrdoctor.vocabulary.lr_names import SCALING_WORDS
from lrdoctor.vocabulary.optimizers import normalised_optimizer
from lrdoctor.vocabulary.tags import TRAIN_WORDS, VALIDATION_WORDS, words

MAX_ROWS = 400  # lines with a loss that are looked at
MIN_ROWS = 6
MIN_LABELLED = 0.8  # share of them that must have a label
MIN_OF_A_LABEL = 3  # rows, at the mean
SAME_PLACES = 0.7  # most places per row: where each row has its own, one process printed all
MIN_TURNS = 0.2  # changes of the label per row: one training after the other changes it seldom
MIN_PAIRS = 4  # rows at the same place, to hold two labels' losses against each other
NOISE = 3.0  # standard errors
# How far apart, as a mean ratio, the losses of one training's processes may be: by labels that may be anything, and by
# those that call a process; shards of the data differ too.
APART, PROCESSES_APART = math.log(1.08), math.log(1.15)

_TIME = r"(?:[\[(]?\d{4}-\d\d-\d\d[T ]\d\d:[\d:.,+Z-]{2,20}[\])]?\W{1,4}|\[?\d\d:\d\d:\d\d[.,\d]{0,8}\]?\W{1,3})?"
_LEVEL = r"(?:(?:INFO|DEBUG|WARNING)\b\W{1,4})?"
_OF_JOBS = r"^(?P<label>[\w./=:-][\w ./=:,-]{0,60})\t"  # GNU parallel, with --tag
_BEFORE = f"(?P<kept>{_TIME}{_LEVEL})"
_ADDRESS = r"\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?"
_NAME = r"[A-Za-z][\w./@-]{0,60}(?:[ =:#]{1,2}\d{1,6}(?:\.\d{1,6})?(?:e-?\d{1,3})?)?"  # `GPU0`, `Rank 0`, `lr=0.1`
_FORMS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^\s{{0,3}}{_BEFORE}\[(?P<label>[^\[\]\n]{{1,60}})\](?:<std(?:out|err)>)?:?\s{{0,4}}",
        rf"^\s{{0,3}}{_BEFORE}\((?P<label>[^()\n]{{1,80}})\):?\s{{1,4}}",
        rf"^\s{{0,3}}{_BEFORE}(?P<label>{_ADDRESS}|\d{{1,4}})(?::|\s?\|)\s{{1,4}}(?=\D|\d{{4}}-)",
        rf"^\s{{0,3}}{_BEFORE}(?P<label>{_NAME})(?::|\s?\||,|;|\s?>|\s-)\s{{1,4}}",
        _OF_JOBS,
        r"\b(?P<label>(?:local_|global_)?rank[ =:_]{0,2}\d{1,4})\b(?:[\])|,:]\s?|\s)?",
        r"(?<=[\])]) \((?P<label>\d{1,4})/\d{1,4}\) ",
    )
)
_ROW = re.compile(
    r"(?:loss|nll|ppl|perplexity|cost|entropy)\w{0,12}[^\d\w\n]{1,20}(?P<value>-?\d{1,20}(?:\.\d{1,20})?(?:e[+-]?\d{1,3})?)",
    re.IGNORECASE,
)
_LOOKS = re.compile(r"(?:^|\n)\s{0,3}(?:[\[(]|[\w./-]{1,60}[ =:#\d.]{0,20}[:|,;>\t-])|rank|\) \(\d", re.IGNORECASE)
_COUNTER = re.compile(r"(?<![\w.-])(?<!\d[:,])\d{1,12}(?!\w|[.:,-]\d)")
_NO_LABEL = re.compile(r"\d:\d\d|\d{4}-\d\d|\d\s?/\s?\d|%|^\d{5,}$|\.(?:py|cpp|cc|cu)\b")

# What a number in front may count instead: where training stands, or a part of one model.
_COUNTED = frozenset(
    {"epoch", "epochs", "ep", "step", "steps", "iter", "iters", "iteration", "iterations", "itr", "it", "batch"}
    | {"batches", "update", "updates", "round", "rounds", "layer", "block", "stage", "level", "scale", "head", "class"}
    | {"sample", "image", "document", "task", "output", "part", "chunk", "time", "loss", "losses", "info", "debug"}
    | {"warning", "error"}
)
_RANKS = frozenset({"rank", "default", "trainer", "raytrainworker", "torchtrainer", "stdout"})
_PROCESSES = frozenset(
    {"gpu", "cuda", "npu", "tpu", "device", "node", "host", "worker", "proc", "process", "ip", "core"}
)
_TRAININGS = frozenset({"seed", "fold", "trial", "run", "exp", "experiment", "model", "member", "net", "job", "config"})


_Place = TypeVar("_Place")


@dataclass(frozen=True)
class Processes:
    """What tells apart the lines of several processes.

    Args:
        pattern: of the label, as `label`.
        labels: of all processes, the first rank first, else in the text's order.
        trainings: whether each label is a training of its own.
    """

    pattern: re.Pattern[str]
    labels: tuple[str, ...]
    trainings: bool

    def of(self, label: str, lines: Iterable[str]) -> Iterator[str]:
        """The lines of one process without its label, and those without any."""
        others = set(self.labels) - {label}
        for line in lines:
            match = self.pattern.search(line)
            if match is None or match["label"] not in {label, *others}:
                yield line
            elif match["label"] == label:
                kept = line[: match.start()] + " " if match.start() else match.groupdict().get("kept") or ""
                yield kept + line[match.end() :]

    def of_first(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines of the first rank, all of several trainings."""
        return iter(lines) if self.trainings else self.of(self.labels[0], lines)


@dataclass(frozen=True)
class _Row:
    label: str
    place: tuple[str, ...]
    loss: float


def processes_in(text: str) -> Processes | None:
    """What tells processes apart in a text; None where one printed all of it, or nothing tells."""
    if not _LOOKS.search(text):
        return None
    rows: list[tuple[str, int, str]] = []
    end = 0
    for match in _ROW.finditer(text):
        if match.start() < end:
            continue  # a second loss in the line
        start = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.end())
        end = len(text) if end < 0 else end
        rows.append((text[start:end], match.start() - start, match["value"]))
        if len(rows) == MAX_ROWS:
            break
    if len(rows) < MIN_ROWS:
        return None
    return next(filter(None, (_by(form, rows) for form in _FORMS)), None)


def _by(form: re.Pattern[str], rows: Sequence[tuple[str, int, str]]) -> Processes | None:
    told = []
    for number, (line, at, value) in enumerate(rows):
        match = form.search(line)
        if match is not None and match.end() <= at and _may_label(match["label"]):
            rest = line[: match.start()] + line[match.end() : at]
            places = _COUNTER.findall(rest) or _COUNTER.findall(line[at:])[:2]
            told.append(_Row(match["label"], tuple(places), float(value)))
        elif number - len(told) > (1 - MIN_LABELLED) * len(rows):
            return None
    labels = Counter(row.label for row in told)
    if not 1 < len(labels) <= len(told) / MIN_OF_A_LABEL or not _same_places(told, labels):
        return None
    ordered = _in_order(list(labels))
    return Processes(form, ordered, form.pattern == _OF_JOBS or _are_trainings(told, ordered))


def _may_label(label: str) -> bool:
    """Whether it may tell processes apart: it has a number, or is a setting, and counts nothing else."""
    kind = {word.rstrip("0123456789") for word in words(label)} - {""}
    if "pid" in kind:
        return True
    if _NO_LABEL.search(label) or kind & (_COUNTED | TRAIN_WORDS | VALIDATION_WORDS.keys()):
        return False
    return any(map(str.isdigit, label)) or normalised_optimizer(label) is not None


def _same_places(rows: Sequence[_Row], labels: Counter[str]) -> bool:
    """Whether the lines of the labels tell of the same places, in turns."""
    places = {row.place for row in rows}
    says = _kind(rows[0].label) & (_RANKS | _PROCESSES)
    if len(places) > SAME_PLACES * len(rows) or (len(places) == 1 and not says):
        return False
    own: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for row in rows:
        own[row.label].add(row.place)
    common = own[labels.most_common(1)[0][0]]
    if any(len(its & common) < 0.5 * min(len(its), len(common)) for its in own.values()):
        return False
    turns = sum(row.label != later.label for row, later in pairwise(rows))
    if says & _RANKS:
        return True
    # What several processes print into a pipe comes in blocks; one training after the other comes in one block each.
    return turns >= (len(labels) if says or rows[0].label.isdigit() else MIN_TURNS * len(rows))


def _kind(label: str) -> set[str]:
    """The words of a label without their numbers; an address is a host."""
    kind = {word.rstrip("0123456789") for word in words(label)} - {""}
    if not kind:
        return {"host"} if label.count(".") == 3 else {"rank"} if re.fullmatch(r"\d,\d+", label) else set()
    return kind


def _in_order(labels: Sequence[str]) -> tuple[str, ...]:
    numbered = [[int(number) for number in re.findall(r"\d{1,9}", label)] for label in labels]
    return tuple(label for _, label in sorted(zip(numbered, labels, strict=True), key=lambda it: it[0]))


def _are_trainings(rows: Sequence[_Row], labels: Sequence[str]) -> bool:
    kind = set[str]().union(*map(_kind, labels))
    if kind & _RANKS:
        return False
    if kind & (_TRAININGS | SCALING_WORDS) or any(map(normalised_optimizer, labels)):
        return True
    processes = kind & _PROCESSES or any(word.endswith("worker") for word in kind)
    if "pid" in kind and kind - {"pid", "ip"} and not processes:  # `train_fn pid=1234`
        return True
    losses: dict[str, dict[tuple[str, ...], float]] = defaultdict(dict)
    for row in rows:
        losses[row.label].setdefault(row.place, row.loss)
    most = PROCESSES_APART if processes else APART
    return any(are_apart(losses[labels[0]], losses[label], most) for label in labels[1:])


def are_apart(one: Mapping[_Place, float], other: Mapping[_Place, float], most: float) -> bool:
    """Whether losses at the same places differ by more than `most`, a mean log-ratio, and than chance."""
    ratios = [
        math.log(one[place] / other[place]) for place in one.keys() & other.keys() if min(one[place], other[place]) > 0
    ]
    if len(ratios) < MIN_PAIRS:
        return False
    mean = sum(ratios) / len(ratios)
    spread = math.sqrt(sum((ratio - mean) ** 2 for ratio in ratios) / (len(ratios) - 1) / len(ratios))
    return abs(mean) > max(most, NOISE * spread)
