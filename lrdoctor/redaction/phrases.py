"""Secrets that a text names: `--api-key X`, `WANDB_API_KEY=X`, `"password": "X"`, `Authorization: Basic X`.

Texts are command lines, lines of a log that a note quotes, connection strings, JSON in a string.  What a name says is
decided in `names`.
"""

import re
from collections.abc import Callable

from lrdoctor.redaction.marker import HIDDEN
from lrdoctor.redaction.names import Secrecy, hides, secrecy
from lrdoctor.redaction.tokens import looks_random

# Without one of these no name speaks of a secret.
_STEMS = re.compile(
    r"pass|pw|secret|token|key|auth|cred|otp|pin|bearer|cookie|sas|dsn|jwt|conn|hook|mail|user|host|login|mnemonic|phrase"
    r"|kennwort|contra|senha|code|license|licence|signature|session|one.?time",
    re.IGNORECASE,
)
_QUOTE = r"\\{0,3}[\"']"
_NAMED = re.compile(
    rf"(?<![\w.-])(?P<name>\w[\w./-]{{0,200}}+)(?P<quote>{_QUOTE})?"
    r"(?P<sign>[ \t]{0,4}(?:=>|:=|->|=|:|%3[Dd])[ \t]{0,4})"
)
_OPTION = re.compile(
    rf"(?<![\w-])--?(?P<name>[A-Za-z][\w.-]{{0,100}}+)(?P<sign>=|{_QUOTE}[ \t]{{0,4}},?[ \t]{{0,4}}|,?[ \t]{{1,9}})"
)
_SPOKEN = re.compile(
    r"\b(?P<name>(?:api|access|secret|private|licen[sc]e|ssh|account|storage)[ \t]key|password|passphrase|passcode"
    r"|secret|token|otp|pin)(?P<sign>[ \t]{1,3}(?:is|was)[ \t:=]{1,4}|[ \t]{0,3}[=:][ \t]{0,3})",
    re.IGNORECASE,
)
# Up to the closing quote, in a text that was cut off to its end; else up to what ends a word in a command, a query, a
# connection string or a list.
_VALUE = re.compile(
    r"(?P<q>[\"'])(?P<quoted>(?:\\.|(?!(?P=q))[^\r\n\\])*+)"
    r"|(?P<e>\\{1,3}[\"'])(?P<escaped>(?:(?!(?P=e))[^\r\n])*+)"
    r"|(?P<listed>[\[{(][^\])}\r\n]*+[\])}]?)"
    r"|(?P<plain>(?:[^\s;&'\",)\]}\\]|\\(?![\"'])|[,;&)\]}](?![\s,;&)\]}'\"\\]|$|[\w.-]{1,40}[=:]))++)"
)
_REST_OF_LINE = re.compile(
    r"(?<![\w-])((?:proxy-)?authorization|(?:set-)?cookie|pass[ _-]?phrase|mnemonic|seed[ _-]phrase)"
    r"(\\?[\"']?[ \t]{0,4}:[ \t]{0,4})"
    r"(\\?[\"']?)(?!\(not shown\))([^\r\n'\"\\]{3,})",
    re.IGNORECASE,
)
_LOGINS = (
    re.compile(r"(\blogin[ \t]{1,9}\S{1,200}[ \t]{1,9}password[ \t]{1,9})(\S+)"),  # .netrc
    re.compile(r"((?<!\S)(?:-u|--user)[ =]{1,9}[^\s:]{1,200}:)(\S+)"),  # curl
    re.compile(r"(\bsshpass[ \t]{1,9}-p[ \t]{0,9})(\S+)"),
    re.compile(r"(\b(?:wandb|swanlab|comet)[ \t]{1,9}login[ \t]{1,9}(?:--relogin[ \t]{1,9})?)((?!-)[\w.-]{16,})"),
    re.compile(r"(\bdocker[ \t]{1,9}login\b[^\n]{0,200}?[ \t]-p[ =]{1,9})(\S+)"),
)
_SURE = frozenset({"password", "passphrase", "passcode", "otp", "pin"})
_SAID_OF_THEM = re.compile(
    r"(?:not|no|none|required|wrong|missing|invalid|set|unset|empty|needed|incorrect|too|in|a|the|for)\b"
)


def without_named(text: str) -> str:
    """A text in which the values of secrets that it names are hidden.

    >>> without_named("train.py --hub-token=abc --lr 0.1 HF_TOKEN='x y' eos_token='</s>' tokens: 5")
    "train.py --hub-token=(not shown) --lr 0.1 HF_TOKEN='(not shown)' eos_token='</s>' tokens: 5"
    """
    if not _STEMS.search(text):
        return text
    text = _REST_OF_LINE.sub(rf"\1\2\3{HIDDEN}", text)
    text = _without(text, _OPTION, _option)
    text = _without(text, _NAMED, _named)
    text = _without(text, _SPOKEN, _spoken)
    for login in _LOGINS:
        text = login.sub(lambda found: found[0] if found[2].startswith("(not") else f"{found[1]}{HIDDEN}", text)
    return text


def is_secret_option(word: object) -> bool:
    """Whether an item of a list of arguments is an option whose value, the next item, is secret.

    >>> is_secret_option("--api-key"), is_secret_option("--max-tokens"), is_secret_option(5)
    (True, False, False)
    """
    known = isinstance(word, str) and re.fullmatch(r"--?[A-Za-z][\w.-]{0,100}", word)
    return bool(known) and secrecy(str(word).lstrip("-")) > Secrecy.RANDOM


def _without(text: str, named: re.Pattern[str], asks: Callable[[re.Match[str], str], bool]) -> str:
    """The text without the values behind what `named` matches and `asks` says to hide; names within values count."""
    parts: list[str] = []
    done = 0
    for found in named.finditer(text):
        if found.start() < done or not _STEMS.search(found["name"]) or text.startswith(HIDDEN, found.end()):
            continue
        value = _VALUE.match(text, found.end())
        if value is None:
            continue
        start, end = value.span(value.lastgroup or 0)
        if start < end and asks(found, text[start:end]):
            parts += [text[done:start], HIDDEN]
            done = end
    return "".join([*parts, text[done:]]) if parts else text


def _option(found: re.Match[str], value: str) -> bool:
    if found["sign"] != "=" and re.match(r"--?[A-Za-z]", value):
        return False  # the option was a flag
    return hides(found["name"], value)


def _named(found: re.Match[str], value: str) -> bool:
    name, sign = found["name"], found["sign"]
    # `runs/token: no log here` is a path and what is wrong with it.
    if not found["quote"] and sign.endswith((" ", "\t")) and ":" in sign and "/" in name:
        return False
    # `host: unreachable` is no host's name.
    if secrecy(name) == Secrecy.PERSON and not found["quote"] and "=" not in sign:
        return False
    return hides(name, value)


def _spoken(found: re.Match[str], value: str) -> bool:
    name, spoken = found["name"].lower(), found["sign"].strip()[:2].lower() in {"is", "wa"}
    if not spoken:
        return hides(name.replace(" ", "_").replace("\t", "_"), value)
    if name in _SURE or " key" in name:
        return not _SAID_OF_THEM.match(value.lower())
    return looks_random(value) or (len(value) >= 8 and any(c.isdigit() for c in value))
