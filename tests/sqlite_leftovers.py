"""What programs leave beside an SQLite database, as SQLite's file format describes it, and what is hostile in it.

https://www.sqlite.org/fileformat2.html#the_rollback_journal; the name of a super-journal is the last record of one.
"""

import struct
from pathlib import Path

MAGIC = bytes.fromhex("d9d505f920a163d7")
SECTOR = 512


def page_size(database: bytes) -> int:
    """Bytes of a page, as the header says; 1 stands for 65,536."""
    size = int.from_bytes(database[16:18], "big")
    return 65_536 if size == 1 else size


def page_count(database: bytes) -> int:
    """Pages of the file."""
    return len(database) // page_size(database)


def journal(database: bytes, *, records: int = 0, pages: int | None = None, size: int | None = None) -> bytes:
    """A hot journal of a transaction that changed the first `records` pages, before which there were `pages`."""
    size = page_size(database) if size is None else size
    nonce = 7
    header = MAGIC + struct.pack(">5I", records, nonce, page_count(database) if pages is None else pages, SECTOR, size)
    written = header.ljust(SECTOR, b"\0")
    for number in range(records):
        page = database[number * size : (number + 1) * size]
        checksum = nonce + sum(page[place] for place in range(size - 200, 0, -200))
        written += struct.pack(">I", number + 1) + page + struct.pack(">I", checksum)
    return written


def super_name(name: Path | str | bytes, size: int = 4096) -> bytes:
    """The end of a journal that belongs to a transaction over several databases: the file that SQLite then deletes."""
    raw = name if isinstance(name, bytes) else str(name).encode()
    checksum = sum(byte - 256 if byte > 127 else byte for byte in raw) & 0xFFFFFFFF
    return struct.pack(">I", 0x40000000 // size + 1) + raw + struct.pack(">II", len(raw), checksum) + MAGIC


def listing(folder: Path) -> dict[str, tuple[bytes, int]]:
    """Every file below a folder: its bytes, and when it was changed last, in ns."""
    return {
        path.relative_to(folder).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
