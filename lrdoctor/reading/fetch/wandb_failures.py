"""What W&B's library raised -> one line that says what to do: never its own words, which may hold anything."""

import re

NO_KEY = "no API key for W&B: set WANDB_API_KEY or run wandb login"
DENIED = "access denied: check WANDB_API_KEY, or run wandb login, and the spelling of entity and project"
NO_SERVER = "no W&B server there: check WANDB_BASE_URL"
NO_PROJECT = "no such project on W&B, or none that you may see: check entity and project"
NO_RUN = "no run of that id or name in that project, or none that you may see: check the spelling"
TOO_MANY = "W&B answers no more for now (too many requests): try again in some minutes"
LATE = "no answer from W&B in time: check the network and WANDB_BASE_URL, and try again"
UNREACHABLE = "W&B cannot be reached: check the network and WANDB_BASE_URL"
BROKE_OFF = "W&B's library ended in the middle: try again, or update it (pip install -U wandb)"

_NO_KEY = re.compile(r"no API key|api_key not configured|no-tty|NotATerminal", re.IGNORECASE)
_BAD_KEY = re.compile(r"WANDB_API_KEY invalid|API key must|IDENTITY_TOKEN_FILE", re.IGNORECASE)
_DENIED = re.compile(r"\b40[13]\b|invalid api key|permission|unauthori[sz]ed|forbidden|relogin", re.IGNORECASE)
_NO_JSON = re.compile(r"invalid character|JSONDecodeError")
_NOT_ONE = re.compile(r"base_url|\bHTTP 404\b|\bHTTP 30\d\b|ValidationError")
_MISSING = re.compile(r"could not find|not found|\b404\b", re.IGNORECASE)
_TOO_MANY = re.compile(r"\b429\b|rate limit", re.IGNORECASE)
_LATE = re.compile(r"time[d ]? ?out|deadline exceeded|respond in time|\b(408|504)\b", re.IGNORECASE)
_UNREACHABLE = re.compile(
    r"refused|no such host|dial tcp|unreachable|name resolution|getaddrinfo|ConnectionError|connection reset|"
    r"\bEOF\b|tls:|x509|SSLError|certificate|network error",
    re.IGNORECASE,
)
_STATUS = re.compile(r"\bHTTP (5\d\d)\b|\b(5\d\d) (?:Server Error|Internal)")
_KIND = re.compile(r"[A-Za-z_]{1,60}")


def why(said: str, at: str) -> str:
    """What went wrong, by what the library's errors say.

    Args:
        said: the errors as `wandb_library.said` puts them.
        at: what was asked for then: "library", "login", "project" or "run".

    >>> why("UsageError: No API key configured. Use `wandb login` to log in.", "login")
    'no API key for W&B: set WANDB_API_KEY or run wandb login'
    """
    kind = _KIND.match(said)
    if at == "library":
        return f"W&B's library does not start ({kind[0] if kind else 'no reason'}): pip install -U wandb"
    if _NO_KEY.search(said):
        return NO_KEY
    if _BAD_KEY.search(said):
        return DENIED
    # What the network said comes first: the rest is in the server's words.
    for pattern, meaning in ((_LATE, LATE), (_UNREACHABLE, UNREACHABLE), (_TOO_MANY, TOO_MANY)):
        if pattern.search(said):
            return meaning
    status = _STATUS.search(said)
    if status:
        return f"W&B's server fails (status {status[1] or status[2]}): try again later, or check WANDB_BASE_URL"
    if _NO_JSON.search(said) or (at == "login" and _NOT_ONE.search(said)):
        return NO_SERVER
    if _MISSING.search(said):
        return NO_RUN if at == "run" else NO_PROJECT
    if _DENIED.search(said):
        return DENIED
    return f"W&B's library failed ({kind[0] if kind else 'no reason'}): try again, or update it (pip install -U wandb)"
