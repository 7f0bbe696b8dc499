"""A log that is reached by several names, which overlap, are links or are spelled otherwise, is one source."""

from collections.abc import Callable, Hashable, Iterable
from pathlib import Path

from lrdoctor.records.run import Source
from lrdoctor.records.unreadable import Unreadable

Entry = Source | Unreadable


def named_once(found: Iterable[list[Entry]], identity: Callable[[Path], Hashable]) -> list[Entry]:
    """What was found at each name, in order, without what an earlier name gave already.

    Logs are one where their files are.  A file that was named alone and stands in a log of several files, found at
    another name, is a part of that log, which takes its place.  What could not be read is said once, too.

    Args:
        found: what each name gave.
        identity: what a file is told by, equal for two paths to one file.
    """
    entries = [(name, entry) for name, those in enumerate(found) for entry in those]
    files = [
        frozenset(map(identity, entry.files)) if isinstance(entry, Source) else frozenset() for _, entry in entries
    ]
    holders: dict[Hashable, list[int]] = {}
    for place, own in enumerate(files):
        for file in own:
            holders.setdefault(file, []).append(place)
    kept: dict[Hashable, Entry] = {}
    for place, (name, entry) in enumerate(entries):
        own = files[place]
        if isinstance(entry, Unreadable):
            kept.setdefault((identity(Path(entry.path)), entry.reason), entry)
        elif own:
            # Within one name a log whose files another has too is another: a run that went on from a copy.
            larger = [other for other in holders[next(iter(own))] if own < files[other] and entries[other][0] != name]
            most = max(larger, key=lambda other: (len(files[other]), -other), default=place)
            kept.setdefault(files[most], entries[most][1])
        else:
            kept[place] = entry
    return list(kept.values())
