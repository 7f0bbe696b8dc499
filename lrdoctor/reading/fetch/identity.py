"""What a file is told by: equal for two names of one file, whatever they are spelled or linked like."""

import os
import re
from collections.abc import Hashable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from lrdoctor.reading.fetch.urls import is_url, protocol
from lrdoctor.reading.fetch.wandb_names import is_wandb

WEB_PORTS = {"http": 80, "https": 443}


def of_path(path: Path) -> Hashable:
    """A local file or folder by its device and number on it, also through links; by its resolved path if it has none.

    >>> of_path(Path("absent")) == of_path(Path("x/../absent"))
    True
    """
    if is_url(str(path)):
        return of_url(str(path))
    try:
        seen = path.stat()
        if seen.st_ino:
            return seen.st_dev, seen.st_ino
        return os.path.normcase(os.path.realpath(path))
    except (OSError, ValueError):  # it is not there, or is no path at all
        return os.path.normcase(os.path.normpath(path.absolute()))


def of_url(url: str) -> Hashable:
    """A URL as two spellings of it have in common; a local file's is the file.

    >>> of_url("HTTPS://Host:443/a/../b.csv#top"), of_url("https://host/b%2Ecsv/") == of_url("https://host/b.csv")
    ('https://host/b.csv', True)
    """
    scheme = protocol(url)
    if is_wandb(url):  # with `//` or without
        return f"wandb:{url.partition(':')[2].strip('/')}"
    if "::" in url:
        return "::".join(str(of_url(part)) if is_url(part) else part for part in url.split("::"))
    if scheme == "file":
        return of_path(Path(unquote(urlsplit(url).path)))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    if scheme not in WEB_PORTS:
        return f"{scheme}://{url.partition('://')[2]}".rstrip("/")
    at = "" if port in (None, WEB_PORTS[scheme]) else f":{port}"
    user = parts.netloc.rpartition("@")[0]
    way = os.path.normpath(unquote(parts.path) or "/").lstrip("/")
    query = f"?{parts.query}" if parts.query else ""
    return f"{scheme}://{user}{'@' if user else ''}{parts.hostname or ''}{at}/{way.rstrip('/')}{query}"


def of_folder(url: str) -> Hashable:
    """A URL that stands for many files, as the part that they have in common: without a query, and above a glob."""
    folder = re.split(r"/[^/]*[*\[]", url, maxsplit=1)[0]
    return of_url(re.sub(r"[?#].*", "", folder) if protocol(url) in WEB_PORTS else folder)


def below(home: Hashable, rest: str) -> Hashable:
    """A file at `rest` below a URL's folder or within an archive."""
    if rest == ".":
        return home
    return f"{home}/{rest}" if isinstance(home, str) else (home, rest)
