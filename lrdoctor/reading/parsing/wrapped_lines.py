"""Lines that a screen's edge or a pager broke, put together again.

2021-02-03 10:10:49,633 - mmdet - INFO - Epoch [1][50/2500]    lr: 0.00125, loss_cls: 0.4341,$
 loss_mask: 0.5553, loss: 1.2552
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

MIN_WIDTH = 60  # characters of a screen
MIN_BROKEN = 5  # lines of the same full width
MIN_SHARE = 0.15  # of all lines
MAX_OWN = 0.1  # share of what follows them that are lines of their own
BEGINNING = 6  # characters by which the first half of a broken line is told from the second
MAX_JOINED = 20_000

# What a row goes on after: a pager's mark, a shell's, or a comma.
_UNFINISHED = re.compile(r"(?:,\s?\$|\s\\|,)$")
_ENDS = frozenset(",$\\")  # the last character of each, looked at first: every line comes here
_MARK = re.compile(r"\s?[$\\]$")
_DIGITS = re.compile(r"\d+")


def screen_width(lines: Sequence[str]) -> int | None:
    """The width at which these lines were broken, in characters; None where they were not.

    Many lines are of just that length and none is longer, and what follows them begins neither as they do, nor as any
    line that follows a shorter one: rows that are all of one length follow one another or have others in between.
    """
    lengths = Counter(map(len, lines))
    width = max(lengths, default=0)
    if width < MIN_WIDTH or lengths[width] < max(MIN_BROKEN, MIN_SHARE * len(lines)):
        return None
    begun = Counter(_beginning(line) for line in lines if len(line) == width).most_common(1)[0][0]
    follows = [False, *(len(line) == width for line in lines[:-1])]
    after = [_beginning(line) for line, broken in zip(lines, follows, strict=True) if broken and line.strip()]
    whole = {_beginning(line) for line, broken in zip(lines, follows, strict=True) if not broken}
    own = sum(beginning == begun or beginning in whole for beginning in after)
    return width if own <= MAX_OWN * len(after) and after else None


def unwrapped(lines: Iterable[str], width: int | None) -> Iterator[str]:
    """The lines as they were before; `width` is the screen's, None where only marks at their ends tell."""
    held, last = "", ""
    for line in lines:
        if held:
            more = _continued(held, last, line, width)
            if more is None:
                yield held
            held = more or ""
        held, last = held or line, line
        full = width is not None and len(line) == width
        if not (full or (line[-1:] in _ENDS and _UNFINISHED.search(line[-4:]))) or len(held) > MAX_JOINED:
            yield held
            held = ""
    if held:
        yield held


def _continued(held: str, last: str, line: str, width: int | None) -> str | None:
    """What was held together with the next line; None where that one is a line of its own."""
    if width is not None and len(last) == width:
        return None if _beginning(line) == _beginning(held) else held + line
    return f"{_MARK.sub('', held)} {line.lstrip()}" if line[:1].isspace() and line.strip() else None


def _beginning(line: str) -> str:
    return _DIGITS.sub("0", line[: 2 * BEGINNING])[:BEGINNING]
