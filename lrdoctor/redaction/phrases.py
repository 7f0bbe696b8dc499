"""Secrets that a text names: `--api-key X`, `WANDB_API_KEY=X`, `"password": "X"`, `Authorization: Basic X`.

Texts are command lines, lines of a log that a note quotes, connection strings, JSON in a string.  What a name says is
decided in `names`.
"""

import re
from collections.abc import Callable

from lrdoctor.redaction.marker import HIDDEN
from lrdoctor.redaction.names import Secrecy, hides, secrecy

# Without one of these no name speaks of a secret.
_STEMS = (
    *("pass", "pw", "secret", "token", "key", "auth", "cred", "otp", "pin", "bearer", "cookie", "sas", "dsn", "jwt"),
    *("conn", "hook", "mail", "user", "host", "login", "mnemonic", "phrase", "kennwort", "contra", "senha", "code"),
    *("licen", "signature", "session", "nodename", "curl", "-u"),
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
_DRAWN = re.compile(r"[\"'\\]{0,4}(?P<plain>[\w+/.~-]++={0,2})")
_REST_OF_LINE = re.compile(
    r"(?<![\w-])((?:proxy-)?authorization|(?:set-)?cookie|pass[ _-]?phrase|mnemonic|seed[ _-]phrase)"
    r"(\\?[\"']?[ \t]{0,4}:[ \t]{0,4}+)"
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
_NEXT_OPTION = re.compile(r"--?[A-Za-z]")
_SAID_OF_THEM = re.compile(
    r"(?:not|no|none|required|wrong|missing|invalid|set|unset|empty|needed|incorrect|too|in|a|the|for)\b", re.IGNORECASE
)


def without_named(text: str) -> str:
    """A text in which the values of secrets that it names are hidden.

    >>> without_named("train.py --hub-token=abc --lr 0.1 HF_TOKEN='x y' eos_token='</s>' tokens: 5")
    "train.py --hub-token=(not shown) --lr 0.1 HF_TOKEN='(not shown)' eos_token='</s>' tokens: 5"
    """
    if not _speaks(text):
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


def _without(text: str, pattern: re.Pattern[str], name_of: Callable[[re.Match[str]], str]) -> str:
    """The text without the secrets behind what `pattern` matches.

    `name_of` is what the match calls its value, or nothing; names that stand within values count too.
    """
    parts: list[str] = []
    done = 0
    for found in pattern.finditer(text):
        name = name_of(found) if found.start() >= done and _speaks(found["name"]) else ""
        level = secrecy(name) if name else Secrecy.NONE
        if level == Secrecy.NONE or text.startswith(HIDDEN, found.end()):
            continue
        # No other name begins in what a `RANDOM` one may hold: what is read and left is not read again.
        value = (_DRAWN if level == Secrecy.RANDOM else _VALUE).match(text, found.end())
        if value is None:
            continue
        start, end = value.span(value.lastgroup or 0)
        if start < end and hides(name, text[start:end]):
            parts += [text[done:start], HIDDEN]
            done = end
    return "".join([*parts, text[done:]]) if parts else text


def _speaks(text: str) -> bool:
    """Whether anything in a text could be the name of a secret: most have nothing, and cost next to nothing."""
    lower = text.lower()
    return any(stem in lower for stem in _STEMS)


def _option(found: re.Match[str]) -> str:
    is_flag = found["sign"] != "=" and _NEXT_OPTION.match(found.string, found.end())
    return "" if is_flag else found["name"]


def _named(found: re.Match[str]) -> str:
    name, sign = found["name"], found["sign"]
    # `runs/token: no log here` is a path and what is wrong with it; `host: unreachable` is no host's name.
    said_of_path = sign.endswith((" ", "\t")) and ":" in sign and "/" in name
    said_of_host = "=" not in sign and secrecy(name) == Secrecy.PERSON
    return "" if (said_of_path or said_of_host) and not found["quote"] else name


def _spoken(found: re.Match[str]) -> str:
    name, says = re.sub(r"\s", "_", found["name"].lower()), found["sign"].split()[:1]
    if says and says[0].lower() in {"is", "was"}:
        if name in {"secret", "token"}:
            return "key"  # much is said of tokens
        return "" if _SAID_OF_THEM.match(found.string, found.end()) else name
    return name
