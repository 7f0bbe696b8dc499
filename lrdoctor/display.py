"""Text that is safe to show, and sizes in words.  Imports nothing of ours: errors need it before all else."""

import re
import unicodedata

# Control, format (such as a right-to-left override), unpaired surrogates, private use, unassigned, line separators.
UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

UNITS = ("B", "kB", "MB", "GB")
DIGITS = (0, 0, 1, 1)  # shown behind the point


def clean(text: str) -> str:
    r"""`text` on one line, without characters that control, change direction or cannot be written.

    Names come from logs, which are untrusted: an escape sequence could repaint the terminal, a
    right-to-left override could make one name look like another, and a lone surrogate cannot be written at all.

    >>> clean("loss\x1b[2J"), clean("a\nb"), clean("é λ")
    ('loss\\x1b[2J', 'a\\nb', 'é λ')
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if unicodedata.category(c) not in UNSAFE else ascii(c)[1:-1] for c in text)


def inert(text: str) -> str:
    """`text` without what a CI's runner takes for a command when it is printed there.

    That is `::name::` at the start of a line and `##[name]`, `##vso[name]`, `##teamcity[name]` anywhere: a run could
    be called so, and silence or forge what the job says.

    >>> inert("::stop-commands::x: 93 %, a::b, ##[error]x, ## title")
    ': :stop-commands::x: 93 %, a::b, # #[error]x, ## title'
    """
    text = re.sub(r"(?m)^(\s*):(?=:)", r"\1: ", text) if "::" in text else text
    return re.sub(r"##(?=\w*\[)", "# #", text) if "##" in text else text


def size(bytes_: int) -> str:
    """A size in the unit in which it reads as less than 1000, by the digits that are shown.

    >>> size(640), size(20_800), size(3_120_000), size(7_200_000_000)
    ('640 B', '21 kB', '3.1 MB', '7.2 GB')
    >>> size(999), size(999_499), size(999_600), size(999_960_000)
    ('999 B', '999 kB', '1.0 MB', '1.0 GB')
    """
    readable = (power for power, digits in enumerate(DIGITS) if round(bytes_ / 1000**power, digits) < 1000)
    power = next(readable, len(UNITS) - 1)
    return f"{bytes_ / 1000**power:.{DIGITS[power]}f} {UNITS[power]}"


def option(flag: str, value: str = "") -> str:
    """An option as messages name it: as the command line has it and as Python does.

    >>> option("--max-bytes"), option("--loss", "NAME")
    ('--max-bytes (in Python max_bytes=)', '--loss NAME (in Python loss=)')
    """
    return f"{flag}{' ' if value else ''}{value} (in Python {flag.strip('-').replace('-', '_')}=)"


# As messages name the options that both the command line and Python's functions have.
LOSS_OPTION, LR_OPTION, MAX_BYTES_OPTION = option("--loss", "NAME"), option("--lr", "NAME"), option("--max-bytes")
