"""What the lines of a text log have in common, by its first and its last bytes."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lrdoctor.reading.formats.generic.console_line import Line, parse
from lrdoctor.reading.formats.generic.console_splits import falls, training_splits
from lrdoctor.reading.formats.generic.console_steps import MOSTLY
from lrdoctor.reading.formats.generic.console_text import may_tell, states
from lrdoctor.reading.parsing.boosting import is_boosting
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.text_lines import without_colours
from lrdoctor.reading.parsing.wrapped_lines import screen_width

MIN_ROWS = 5  # lines with the training loss, to be taken for a log
UNCOUNTED_ROWS = 10  # of them where nothing counts the steps
MIN_SHARE = 0.6  # of the lines with a loss that must name the same values
ROWS_LOOKED_AT = 400  # with a loss, of the first bytes and as many of the last ones
USUAL = 0.05  # share of them that must name a value, for it to be one of the log's
MEASURES = (
    "loss",
    " avg, ",
    "xent",
    "entropy",
    "nll",
    "ppl",
    "perplexity",
    "mse",
    "tot",
    "train",  # where it stands for the loss itself, see `console_splits`
)  # one stands in every log read here
NO_LOGS = frozenset({".json", ".csv", ".tsv", ".yaml", ".yml", ".py", ".md", ".xml", ".html", ".ipynb"})

_STRUCTURED = re.compile(r'\s*(?:<(?:[!?]|html|head|body|div|table|svg)|[{\[]\s*["\[{\n])', re.IGNORECASE)
_NUMBERS = re.compile(r"[-+]?[\d.,]+(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Form:
    """What the lines with the training loss have in common.

    Args:
        loss: its tag; a perplexity's where that alone is printed.
        tags: what these lines name, each of them in some at least.
        placed: whether most hold a step or an epoch.
        counted: whether most hold a step.
        of: where theirs is a progress bar's, its usual last step; else 0.
        width: of the screen at which lines were broken, in characters; None where they were not.
    """

    loss: str
    tags: frozenset[str]
    placed: bool
    counted: bool
    of: float = 0.0
    width: int | None = None


def form_of(head: Head) -> Form | None:
    """The form of a log's rows: a training loss in five lines or more that name the same values, else None."""
    text = head.text
    if head.path.suffix.lower() in NO_LOGS or "\0" in text or _STRUCTURED.match(text) or is_boosting(text):
        return None
    if not any(name in part.lower() for part in (text, head.tail) for name in MEASURES):
        return None
    plain = _form(head, None)
    if plain is not None and plain.placed:
        return plain
    width = screen_width([without_colours(line) for line in text.split("\n")])
    return (None if width is None else _form(head, width)) or plain


def _form(head: Head, width: int | None) -> Form | None:
    lines = [told for whole in (head.text, head.tail) for told in _first_rows(whole, width)]
    tags = Counter(tag for _, line in lines for tag in line.losses())
    tags = tags or Counter(tag for _, line in lines for tag in line.perplexities())
    tags = tags or _splits([line for _, line in lines])
    if not tags:
        return None
    loss, count = tags.most_common(1)[0]
    rows = [(raw, line) for raw, line in lines if loss in line.values]
    usual = _usual(rows)
    if count < MIN_ROWS or usual is None:
        return None
    placed = [line for _, line in rows if line.at is not None or line.epoch is not None]
    counted = sum(line.counts for line in placed) > max(MOSTLY * len(placed), 0.1 * count)
    if len(placed) < MOSTLY * count:
        # Nothing but its wording says then that a line is one of a log, not of a list of results.
        wordings = Counter(_NUMBERS.sub("#", raw).strip() for raw, _ in rows)
        within = any(line.at is not None or line.epoch is not None for _, line in lines)
        if wordings.most_common(1)[0][1] < MIN_SHARE * count or (not within and count < UNCOUNTED_ROWS):
            return None
    bars = Counter(line.of for _, line in rows if line.bar)
    return Form(
        loss,
        usual,
        len(placed) >= MOSTLY * count,
        counted,
        bars.most_common(1)[0][0] if bars else 0.0,
        width,
    )


def _splits(lines: Sequence[Line]) -> Counter[str]:
    """Of training splits that are called by nothing else, those whose values fall."""
    values: dict[str, list[float]] = {}
    for line in lines:
        for tag in training_splits(list(line.values)):
            values.setdefault(tag, []).append(line.values[tag])
    return Counter({tag: len(told) for tag, told in values.items() if falls(told)})


def _first_rows(text: str, width: int | None) -> Iterator[tuple[str, Line]]:
    """The lines that tell something, up to the last of so many with a loss: of more nothing else would follow."""
    rows = 0
    for raw in states(map(without_colours, text.split("\n")), width):
        line = parse(raw) if may_tell(raw) else None
        if line is not None:
            yield raw, line
            rows += bool(line.losses() or training_splits(list(line.values)))
        if rows == ROWS_LOOKED_AT:
            return


def _usual(rows: Sequence[tuple[str, Line]]) -> frozenset[str] | None:
    """What rows name, where most name the same: all that is in most of them, and nothing that is in hardly any."""
    named = Counter(tag for _, line in rows for tag in line.values)
    usual = frozenset(tag for tag, count in named.items() if count >= USUAL * len(rows))
    always = {tag for tag, count in named.items() if count >= MIN_SHARE * len(rows)}
    alike = sum(always <= line.values.keys() <= usual for _, line in rows)
    return usual if alike >= MIN_SHARE * len(rows) else None
