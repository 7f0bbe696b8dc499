"""What went wrong over the network, in words."""

import re

from lrdoctor.errors import LrdoctorError
from lrdoctor.reading.fetch.urls import without_secrets

_DENIED = re.compile(r"\b40[13]\b|denied|forbidden|unauthori[sz]ed|credentials", re.IGNORECASE)
_MISSING = re.compile(r"\b404\b|NoSuch|RepositoryNotFound|EntryNotFound")
_HEADER = re.compile(r"Got more than \d+ bytes|Too many headers", re.IGNORECASE)

HEADER = "the answer's header is too large: copy the logs by hand"
NOT_WEB = "leads to something that is not on the web: copy the logs by hand"
MALFORMED = "no proper web address: check the spelling"
WRONG = {
    "TooManyRedirects": "redirects without end: check the address",
    "NonHttpUrlRedirectClientError": NOT_WEB,
    "InvalidUrlRedirectClientError": "leads to an address that cannot be: copy the logs by hand",
    "InvalidUrlClientError": MALFORMED,
    "InvalidURL": MALFORMED,
    "ClientPayloadError": "the answer broke off: try again, or copy the logs by hand",
    "ServerDisconnectedError": "the server hung up: try again, or copy the logs by hand",
    "LineTooLong": HEADER,
}
"""What to say of the web client's errors, by the names that aiohttp has given them over its versions."""


def why(error: Exception) -> str:
    """What went wrong there, in one line without secrets."""
    if isinstance(error, LrdoctorError):
        return str(error)
    known = next((WRONG[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in WRONG), "")
    if known:
        return known
    said = " ".join(without_secrets(str(error)).split())
    cause = error.__cause__
    if isinstance(error, FileNotFoundError) and isinstance(cause, Exception) and "404" not in str(cause):
        return why(cause)  # the web's file system says so of every error
    if isinstance(error, FileNotFoundError):
        return "no such file or folder there: check the spelling"
    if _HEADER.search(said):
        return HEADER
    if _MISSING.search(f"{type(error).__name__} {said}"):
        return "no such store, file or folder: check the spelling"
    if isinstance(error, PermissionError) or _DENIED.search(f"{type(error).__name__} {said}"):
        return "access denied: sign in with the store's own tool first, and check the address"
    if isinstance(error, TimeoutError):
        return "no answer in time: try again, or copy the logs by hand"
    return f"cannot be fetched ({type(error).__name__}: {said[:160]}): check the address and the network"
