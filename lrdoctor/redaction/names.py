"""What a setting's name says about its value: `hfToken`, `db/password`, `api_keys/0` and `secrets/*` are secrets.

Most of these words have another meaning in training (`max_tokens`, `eos_token`, `key_dim`, `low_pass`), so a word
counts by where it stands and by what stands before it.
"""

import re
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise

from lrdoctor.records.run import HParam
from lrdoctor.redaction import words as of
from lrdoctor.redaction.tokens import looks_random


class Secrecy(IntEnum):
    """How much of a value its name gives away, from nothing to all."""

    NONE = 0
    RANDOM = 1  # something like a key: hidden where the value looks like one (`foo_key`, `keys/0`)
    PERSON = 2  # names a person or a machine (`user_name`, `host`): any text but a quantity
    TEXT = 3  # any text but a quantity, a file or a token of a vocabulary (`tokens: 300B`, `token: </s>`)
    NUMBER = 4  # texts, and numbers as long as a PIN (`pass: 4711`, not `pass: 2`)
    ALL = 5  # whatever it is (`otp: 123456`)


LONGEST_NAME = 2_000
PIN = 1_000
LONGEST_FILE = 500
_GLUED_TO = (
    ("token", of.ORDINARY_BEFORE_TOKEN | of.KEY_OWNERS),
    ("key", of.KEY_OWNERS),
    ("pass", of.PASS_OWNERS),
)
_GLUED = re.compile(r"password|passwd|passphrase|credential|secret(?!ar|ion|ing)|apikey|connectionstring")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_QUANTITY = re.compile(r"\s*[-+]?[\d.,_]{1,24}(?:e[-+]?\d{1,3})?\s*[kKmMbBtT%]?\s*")
_SPECIAL = re.compile(r"\s*(?:</?(?![A-Z_]*(?:TOKEN|KEY))[^<>\s]{1,60}>|\[[A-Za-z_]{1,30}\d{0,4}\])\s*")
_FILE = re.compile(r"[\w./*~{}\[\]-]*/[\w.*{}\[\]-]*\.[A-Za-z]\w{0,7}|[\w*-]+\.(?:json|txt|bin|npy|pt|model|csv|ya?ml)")
_NOTHING = frozenset({"", "none", "null", "nil", "nan", "true", "false", "yes", "no", "on", "off", "n/a", "unset"})


def hides(name: str, value: HParam) -> bool:
    """Whether a value has to be hidden, its name being so; what says nothing (None, a flag, empty) never has.

    >>> hides("hub_token", "abc"), hides("eos_token", "</s>"), hides("pass", 4711), hides("use_auth_token", True)
    (True, False, True, False)
    """
    if value is None or isinstance(value, bool):
        return False
    level = secrecy(name)
    if not isinstance(value, str):
        return level == Secrecy.ALL or (level == Secrecy.NUMBER and abs(value) >= PIN)
    if level == Secrecy.NONE or value.strip().lower() in _NOTHING:
        return False
    if level == Secrecy.RANDOM:
        return looks_random(value)
    if level == Secrecy.ALL:
        return True
    if _QUANTITY.fullmatch(value):
        return level == Secrecy.NUMBER and value.strip().isdigit() and int(value) >= PIN
    if level == Secrecy.TEXT:
        file = name.lower().endswith("tokens") and len(value) <= LONGEST_FILE and _FILE.fullmatch(value)
        return not file and not _SPECIAL.fullmatch(value)
    return True


@lru_cache(maxsize=8_192)
def secrecy(name: str) -> Secrecy:
    """What a name, nested keys joined with `/` or `.`, says of its value.

    >>> [secrecy(name).name for name in ("secrets/0", "hfToken", "max_tokens", "sort_key", "passes", "db_pwd")]
    ['ALL', 'TEXT', 'RANDOM', 'NONE', 'NONE', 'ALL']
    """
    parts = [words for part in re.split(r"[/.:\\\[\]]+", name[-LONGEST_NAME:]) if (words := _words(part))]
    while len(parts) > 1 and all(word.isdigit() for word in parts[-1]):
        del parts[-1]  # an item of a list is what the list is
    if not parts:
        return Secrecy.NONE
    # `wandb/key`, `user/name`: a last part of one word is read with the word before it.
    before = parts[-2][-1:] if len(parts) > 1 and len(parts[-1]) == 1 else []
    found = _of_part([*before, *parts[-1]], own=len(parts[-1]))
    if parts[-1][-1] in of.ABOUT:
        return found
    return max([found, *(_inherited(part, parts[-1]) for part in parts[:-1])])


def _words(part: str) -> list[str]:
    """The words of one part in lower case, glued ones taken apart where both halves are known: `dbpass`."""
    words: list[str] = []
    for word in map(str.lower, _WORD.findall(part)):
        words += _apart(word)
    # `passWord`, `Pass Phrase`: joined again.
    for place in range(len(words) - 1, 0, -1):
        if words[place - 1] == "pass" and words[place] in {"word", "words", "wd", "phrase", "code"}:
            words[place - 1 : place + 1] = ["pass" + words[place]]
    return words


def _apart(word: str) -> list[str]:
    for stem, owners in _GLUED_TO:
        head, found, plural = word.rpartition(stem)
        if found and plural in {"", "s"} and head in owners:
            return [head, stem + plural]
    return [word]


def _of_part(words: list[str], own: int) -> Secrecy:
    """What the words of a part say, the last `own` of which are its own."""
    while len(words) > 1 and words[-1].isdigit():
        words = words[:-1]  # `token_1`, `password2`
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    pairs = set(pairwise(words))
    person = (last in of.PERSONS and before not in of.ORDINARY_BEFORE_PERSON) or bool(pairs & of.PERSON_PAIRS)
    if last in of.ABOUT and not person:
        return Secrecy.NONE
    if any(word in of.SECRETS or _GLUED.search(word) for word in words[-own:]) or pairs & of.SECRET_PAIRS:
        return Secrecy.ALL
    if (last == "pin" and own <= 2) or any(owner in of.KEY_OWNERS and key in {"key", "keys"} for owner, key in pairs):
        return Secrecy.ALL
    if last == "pass":
        owned = before in of.PASS_OWNERS or len(words) == 1
        return Secrecy.NUMBER if owned else Secrecy.NONE if before in of.ORDINARY_BEFORE_PASS else Secrecy.TEXT
    of_auth = last in of.AFTER_AUTH and not {"auth", "cookie"}.isdisjoint(words)
    if last in of.SECRETS_LAST or of_auth or _names_a_token(last, before):
        return Secrecy.TEXT
    if person:
        return Secrecy.PERSON
    keyish = not {"key", "keys", "token", "tokens", "license", "licence", "signature", "session"}.isdisjoint(words)
    return Secrecy.RANDOM if keyish and before not in of.ORDINARY_BEFORE_KEY else Secrecy.NONE


def _names_a_token(last: str, before: str) -> bool:
    """Whether a name ends in a token that is none of a vocabulary, or in whose token it is: `hub_token`, `token_hf`."""
    if last in of.AFTER_TOKEN:
        return before in {"token", "tokens"}
    if last in {"token", "tokens"}:
        return before not in of.ORDINARY_BEFORE_TOKEN and not before.isdigit()
    return last.endswith("token") and last.removesuffix("token") not in of.ORDINARY_BEFORE_TOKEN


def _inherited(part: list[str], leaf: list[str]) -> Secrecy:
    """What a part above says of everything below it: `secrets/*`, `tokens/*`, `auth/*`."""
    found = _of_part(part, own=len(part))
    one = part[-1] in {"pass", "user", "host", "login", "token", "email", "mail"}  # a part of a model or of a form
    if found != Secrecy.NONE and one and of.AFTER_TOKEN.isdisjoint(leaf):
        return Secrecy.RANDOM
    return found
