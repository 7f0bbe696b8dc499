"""Bytes -> other bytes: what happens to files on broken disks and networks, and what somebody would do on purpose."""

from collections.abc import Callable, Sequence
from random import Random

_NUMBERS = (
    *(b"NaN", b"nan", b"inf", b"-Infinity", b"1e999", b"-1e-999", b"null", b"None", b"true", b"", b"-", b"0", b"-1"),
    *(b"9" * 20, b"9" * 400, b"9" * 5000, b"0." + b"0" * 400 + b"1", b"1e", b"0x10", b"1_000", b"1,5", b"nan%"),
    *(b"18446744073709551616", b"2026-01-01", b"9007199254740993", b"4.9e-324", b"1.7e308"),
)
_BYTES = (
    *(b"\0", b"\0" * 64, b"\xff" * 8, b"\x80\x04", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n\n", b"\x1b[2J"),
    *(b"\xe2\x80\xa8", b"\xf0\x9f\x92\xa5", b"\xed\xa0\x80"),
)
_BRACKETS = (
    *(b"[" * 3000, b"{" * 3000, b'{"a":' * 2000, b"(" * 3000, b"]", b"}", b'"', b"'", b"\\", b"," * 500, b"\t" * 500),
    *(b" " * 3000, b"a" * 70_000),
)
_WORDS = (
    *(b"&a [*a]", b"!!python/object:os.system", b"__reduce__", b"cos\nsystem\n", b"%s", b"{0}", b"../" * 9, b"<?xml"),
    *(b"step", b"loss", b"lr", b"epoch"),
)
TOKENS: tuple[bytes, ...] = (*_NUMBERS, *_BYTES, *_BRACKETS, *_WORDS)


def flip(data: bytearray, _other: bytes, rng: Random) -> None:
    """One to eight bits."""
    for _ in range(rng.randint(1, 8)):
        if data:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def truncate(data: bytearray, _other: bytes, rng: Random) -> None:
    """The end is missing."""
    del data[rng.randint(0, len(data)) :]


def overwrite(data: bytearray, _other: bytes, rng: Random) -> None:
    """A few bytes are other ones."""
    at, size = block(data, rng, 16)
    data[at : at + size] = rng.randbytes(size)


def delete(data: bytearray, _other: bytes, rng: Random) -> None:
    """A block is missing."""
    at, size = block(data, rng)
    del data[at : at + size]


def duplicate(data: bytearray, _other: bytes, rng: Random) -> None:
    """A block stands there again, once or often."""
    at, size = block(data, rng)
    data[at:at] = data[at : at + size] * rng.choice((1, 1, 1, 2, 50))


def move(data: bytearray, _other: bytes, rng: Random) -> None:
    """A block stands elsewhere."""
    at, size = block(data, rng)
    moved = bytes(data[at : at + size])
    del data[at : at + size]
    to = rng.randint(0, len(data))
    data[to:to] = moved


def insert(data: bytearray, _other: bytes, rng: Random) -> None:
    """Noise between."""
    at = rng.randint(0, len(data))
    data[at:at] = rng.randbytes(rng.choice((1, 4, 64, 1000)))


def splice(data: bytearray, other: bytes, rng: Random) -> None:
    """The begin of one file and the end of another."""
    data[rng.randint(0, len(data)) :] = other[rng.randint(0, len(other)) :]


def token(data: bytearray, _other: bytes, rng: Random) -> None:
    """Something odd, in place of a few bytes or between them."""
    at, size = block(data, rng, 12)
    data[at : at + (size if rng.random() < 0.5 else 0)] = rng.choice(TOKENS)


def value(data: bytearray, _other: bytes, rng: Random) -> None:
    """Something odd in place of a value of a text log: what stands between two separators."""
    separators = b" ,:;=\t\n[]{}\"'()|/"
    at = rng.randint(0, len(data))
    start = end = at
    while start > 0 and data[start - 1] not in separators and at - start < 40:
        start -= 1
    while end < len(data) and data[end] not in separators and end - at < 40:
        end += 1
    data[start:end] = rng.choice(TOKENS)


def lines(data: bytearray, _other: bytes, rng: Random) -> None:
    """Two lines change places, or one is gone."""
    parts = bytes(data).split(b"\n")
    one, two = rng.randrange(len(parts)), rng.randrange(len(parts))
    if rng.random() < 0.5:
        parts[one], parts[two] = parts[two], parts[one]
    else:
        del parts[one]
    data[:] = b"\n".join(parts)


MUTATIONS: tuple[Callable[[bytearray, bytes, Random], None], ...] = (
    flip, truncate, overwrite, delete, duplicate, move, insert, splice, token, value, value, lines,
)  # fmt: skip
HARMLESS = frozenset({"flip", "truncate"})  # after these, a format with checksums may return less, never other values
LARGEST = 1 << 20  # bytes to grow to: what takes long must do so for another reason than its size


def mutated(seed: bytes, other: bytes, rng: Random, *, harmless: bool = False) -> tuple[bytes, Sequence[str]]:
    """The seed after one mutation or some (only `HARMLESS` ones on request), and their names."""
    data = bytearray(seed)
    among = [one for one in MUTATIONS if one.__name__ in HARMLESS] if harmless else MUTATIONS
    chosen = [rng.choice(among) for _ in range(rng.choice((1, 1, 1, 2, 3, 5)))]
    for mutation in chosen:
        mutation(data, other, rng)
        del data[LARGEST:]
    return bytes(data), [mutation.__name__ for mutation in chosen]


def block(data: bytearray, rng: Random, most: int = 4096) -> tuple[int, int]:
    """Where a block begins, and its size: small ones are as likely as large ones."""
    at = rng.randint(0, len(data))
    return at, min(len(data) - at, rng.randint(1, 2 ** rng.randint(0, most.bit_length() - 1)))
