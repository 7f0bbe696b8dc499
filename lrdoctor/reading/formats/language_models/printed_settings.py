"""Numbers and settings as training scripts print them: what the readers of text logs share."""

import re
from collections.abc import Iterable

from lrdoctor.reading.parsing.settings_files import flatten
from lrdoctor.records.run import HParam

# A number in any notation of printf or Python, thousands commas and what is not finite included.  All repeats are
# bounded, so that a hostile line costs no more than its length.
NUMBER = r"[-+]?(?:\d[\d,]{0,30}\.?\d{0,30}(?:[eE][-+]?\d{1,4})?|(?i:nan|inf(?:inity)?)(?![A-Za-z]))"

MAX_SETTINGS = 2_000  # the largest argument dump seen has some 500
_QUOTED = re.compile(r"(['\"])([^'\"\\]{0,200})\1\s*(?:#.*)?")
_INTEGER = re.compile(r"[-+]?\d[\d_]{0,30}")
_FLOAT = re.compile(r"[-+]?(?:\d[\d_]{0,30}\.?\d{0,30}|\.\d{1,30})(?:[eE][-+]?\d{1,4})?|[-+]?(?:inf|nan)")
_WORD = re.compile(r"[\w.+-]{1,60}")
_CONSTANTS: dict[str, HParam] = {"True": True, "False": False, "None": None}
# Whose machine, account or folder it was is nobody's business.
_ABOUT_PEOPLE = re.compile(r"wandb|entity|host|addr|user|mail|dir$|path|file|prefix|email|token$|key$", re.IGNORECASE)


def number(text: str) -> float:
    """What `NUMBER` matched, as a float.

    >>> number("4,194,304"), number("8.1E+00"), number("-NaN")
    (4194304.0, 8.1, nan)
    """
    return float(text.replace(",", ""))


def setting(text: str, *, words: bool = False) -> HParam:
    """A plain literal, a comment after it left out; nothing is ever evaluated.

    Args:
        text: what stands behind the `=`.
        words: whether a bare word stands for itself, as in an argument dump.

    Raises:
        ValueError: an expression, a list, a path: nothing that can be shown as a setting.

    >>> setting("1e-3 # max LR"), setting("'cosine'"), setting("6_200"), setting("adam", words=True)
    (0.001, 'cosine', 6200, 'adam')
    """
    text = text.strip()
    if quoted := _QUOTED.fullmatch(text):
        return quoted[2]
    plain = text.partition("#")[0].strip()
    if plain in _CONSTANTS:
        return _CONSTANTS[plain]
    if _INTEGER.fullmatch(plain):
        return int(plain)
    if _FLOAT.fullmatch(plain):
        return float(plain)
    if words and _WORD.fullmatch(plain):
        return plain
    raise ValueError(f"no plain setting: {text[:60]}")


def public_settings(found: Iterable[tuple[str, HParam]]) -> dict[str, HParam]:
    """The settings that say how training was done, the last of each name: not where, by whom, or from which files."""
    kept: dict[str, object] = {}
    for name, value in found:
        if len(kept) >= MAX_SETTINGS:
            break
        if not _ABOUT_PEOPLE.search(name) and not (isinstance(value, str) and ("/" in value or "\\" in value)):
            kept[name] = value
    return flatten(kept)
