"""A name that a log gives its run or study, if it may be shown."""

from lrdoctor.reading.parsing.settings_files import flatten

MAX_CHARACTERS = 100


def title(*candidates: str) -> str:
    """The first candidate that is not empty and names neither a person nor a machine; else empty.

    >>> title("", "ada@example.org", "mysterious-goose-781", "5a05bec6"), title("/home/ada/study")
    ('mysterious-goose-781', '')
    """
    for candidate in candidates:
        shown = flatten({"title": candidate.strip()}).get("title")
        if isinstance(shown, str) and shown:
            return shown[:MAX_CHARACTERS]
    return ""
