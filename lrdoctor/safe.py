"""Text that is safe to show, whatever a log or a bug put into it.  Imports nothing: errors need it before all else."""

import unicodedata

TRACEBACK = "LRDOCTOR_TRACEBACK"
"""An environment variable: set to anything, it lets an internal error through with its traceback."""

# Control, format (such as a right-to-left override), unpaired surrogates, private use, unassigned, line separators.
UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


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


def internal_error(error: Exception) -> str:
    """A bug in one line, and how to see more of it."""
    message = " ".join(str(error).split())
    return f"internal error ({type(error).__name__}: {message}): please report it, with what {TRACEBACK}=1 shows"
