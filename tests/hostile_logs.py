"""Files made to harm, each by a function of the folder that it is put into."""

import gzip
import io
import os
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from lrdoctor.reading.parsing.leveldb_log import HEADER
from tests.event_logs import losses

Make = Callable[[Path], Path]

GOOD = "step,train_loss,lr\n" + "".join(f"{i},{2 / (1 + i / 20) + 0.01 * (i % 7)},0.001\n" for i in range(200))
MARK = "a-file-that-only-an-attack-makes"


class Harm:
    """A pickle that would write a file."""

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (MARK,)


def put(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def zipped(path: Path, *members: tuple[str | zipfile.ZipInfo, bytes | str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def tarred(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def bomb(begin: bytes, count: int, fill: bytes = b"\n") -> bytes:
    """`begin` and so many bytes that are all the same, compressed in parts: nobody ever has them all."""
    return gzip.compress(begin) + gzip.compress(fill * (1 << 20)) * (count >> 20)


def link(folder: Path) -> Path:
    member = zipfile.ZipInfo("run/metrics.csv")
    member.external_attr = 0o120777 << 16
    return zipped(folder / "a.zip", (member, "/etc/passwd"))


def tar_link(folder: Path) -> Path:
    member = tarfile.TarInfo("metrics.csv")
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return tarred(folder / "a.tgz", (member, b""))


def tar_device(folder: Path) -> Path:
    member = tarfile.TarInfo("metrics.csv")
    member.type = tarfile.CHRTYPE
    return tarred(folder / "a.tgz", (member, b""))


def tar_through_a_link(folder: Path) -> Path:
    """A link to a folder elsewhere, then a file in it."""
    member = tarfile.TarInfo("run")
    member.type, member.linkname = tarfile.SYMTYPE, str(folder)
    return tarred(folder / "a.tgz", (member, b""), (tarfile.TarInfo(f"run/{MARK}.csv"), b"no log"))


def encrypted(folder: Path) -> Path:
    """The standard library cannot encrypt: the flag is what is looked at."""
    path = zipped(folder / "a.zip", ("metrics.csv", GOOD))
    data = bytearray(path.read_bytes())
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(magic) + at] |= 1
    return put(folder, "a.zip", bytes(data))


def nested(folder: Path) -> Path:
    """Like 42.zip: sixteen in each, six levels, at the bottom a file of zeros."""
    path = zipped(folder / "a.zip", ("metrics.csv", bytes(1 << 22)))
    for _ in range(6):
        inner = path.read_bytes()
        path = zipped(folder / "a.zip", *((f"lib {k:x}.zip", inner) for k in range(16)))
    return path


def listed(folder: Path, content: bytes, names: list[bytes]) -> Path:
    """A zip whose list names one and the same member so many times."""
    path = zipped(folder / "a.zip", ("metrics.csv", content))
    data = path.read_bytes()
    start = data.index(b"PK\x01\x02")
    end = data.rindex(b"PK\x05\x06")
    entries = b"".join(data[start:end].replace(b"metrics.csv", name) for name in names)
    count = min(len(names), 65_535)
    tail = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, count, count, len(entries), start, 0)
    return put(folder, "a.zip", data[:start] + entries + tail)


def overlapping(folder: Path) -> Path:
    """David Fifield's bomb: a thousand members in the list that are one in the file."""
    return listed(folder, bytes(1 << 24), [b"m%06d.csv" % k for k in range(1000)])


def same_name_often(folder: Path) -> Path:
    return listed(folder, bytes(1 << 24), [b"metrics.csv"] * 1000)


def many_members(folder: Path) -> Path:
    return listed(folder, b"", [b"m%06d.csv" % k for k in range(60_000)])


def claimed_directory(folder: Path) -> Path:
    """A zip that says its list of members has four gigabytes."""
    path = zipped(folder / "a.zip", ("metrics.csv", GOOD))
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, data.rindex(b"PK\x05\x06") + 12, 0xFFFFFFF0)
    return put(folder, "a.zip", bytes(data))


def tar_with_a_long_name(folder: Path) -> Path:
    """A header that asks for a name of a gigabyte, which would be read at once; compressed as little as a log is."""
    header = tarfile.TarInfo("././@LongLink")
    header.type, header.size = tarfile.GNUTYPE_LONGNAME, 1 << 30
    return put(
        folder, "a.tgz", bomb(header.tobuf(tarfile.GNU_FORMAT), 1 << 30, b"x") + gzip.compress(os.urandom(6 << 20))
    )


def tar_of_blanks(folder: Path) -> Path:
    header = tarfile.TarInfo("metrics.csv")
    header.size = (1 << 28) + len(GOOD)
    return put(folder, "a.tgz", bomb(header.tobuf(tarfile.GNU_FORMAT) + GOOD.encode(), 1 << 28))


def tar_without_end(folder: Path) -> Path:
    """Extended headers in a row: the standard library calls itself for each."""
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 0
    return put(folder, "a.tar", header.tobuf(tarfile.USTAR_FORMAT) * 5000)


def gzip_members(folder: Path) -> Path:
    return put(folder, "metrics.csv.gz", gzip.compress(b"") * 2_000_000)


def gzip_name(folder: Path) -> Path:
    """A header whose name never ends."""
    return put(folder, "metrics.csv.gz", b"\x1f\x8b\x08\x08" + bytes(4) + b"\x00\x03" + b"a" * 50_000_000)


def sparse(folder: Path) -> Path:
    """Terabytes, and nothing on the disk."""
    path = put(folder, "metrics.csv", GOOD + "".join(f"{i},1.5,0.001\n" for i in range(200, 9000)))
    os.truncate(path, 1 << 42)
    return path


def claiming(folder: Path, claim: bytes, name: str = "events.out.tfevents.1") -> Path:
    path = losses(folder / name, range(3))
    with path.open("ab") as file:
        file.write(claim)
    return path


def torn_events(folder: Path) -> Path:
    return put(folder, "events.out.tfevents.1", struct.pack("<QI", 1 << 60, 0) + bytes(64))


def with_settings(text: str) -> Make:
    def make(folder: Path) -> Path:
        put(folder, "hparams.yaml", text)
        return put(folder, "metrics.csv", GOOD)

    return make


def piped_settings(folder: Path) -> Path:
    os.mkfifo(folder / "pipe")
    (folder / "hparams.yaml").symlink_to("pipe")
    return put(folder, "metrics.csv", GOOD)


def file(name: str, content: bytes | str | Callable[[], bytes | str]) -> Make:
    return lambda folder: put(folder, name, content() if callable(content) else content)


LAUGHS = "a: &a [1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{y}: &{y} [{','.join([f'*{x}'] * 9)}]\n" for x, y in zip("abcdefgh", "bcdefghi", strict=True)
)

SAYS = {
    "a zip of blanks": "unpacks to more than 200 times its size",
    "a gzip of blanks": "unpacks to more than 200 times its size",
    "a tar with a member of blanks": "unpacks to more than 200 times its size",
    "a claimed directory": "a zip archive of more than 20,000 members",
    "many members": "an archive of more than 20,000 members",
    "a tar with a long name": "a tar archive with a damaged header",
    "a zip out of its folder": "its name in the archive leads outside of it",
    "a zip to an absolute path": "its name in the archive leads outside of it",
    "a zip to a drive": "its name in the archive leads outside of it",
    "a zip with a link": "a link or device in an archive",
    "a tar with a link": "a link or device in an archive",
    "a tar with a device": "a link or device in an archive",
    "an encrypted zip": "encrypted: unpack it with its password first",
    "a torn gzip": "compressed, but ends in the middle",
    "a pickle with code": "pickle",
    "a huge file": "4398.0 GB: larger than the 2.0 GB that --max-bytes (in Python max_bytes=) allows",
}
"""What some must say: that another rule stops them too is no reason to lose the one meant for them."""

REFUSED: dict[str, Make] = {
    "a pickle with code": file("history.pkl", lambda: pickle.dumps({"loss": Harm(), "lr": [1, 2, 3]})),
    "a pickle with code, old": file("history.pickle", lambda: pickle.dumps({"loss": [3.0, 2.0, 1.0, Harm()]}, 0)),
    "a pickle called JSON": file("history.json", lambda: pickle.dumps(Harm())),
    "nested zips": nested,
    "a zip of blanks": lambda folder: zipped(folder / "a.zip", ("metrics.csv", GOOD + "\n" * (80 << 20))),
    "one member listed often": overlapping,
    "one member with one name": same_name_often,
    "many members": many_members,
    "a claimed directory": claimed_directory,
    "a gzip of blanks": file("metrics.csv.gz", lambda: bomb(GOOD.encode(), 1 << 28)),
    "a gzip of zeros": file("metrics.csv.gz", lambda: bomb(b"", 1 << 32, b"\0")),
    "a gzip of zeros called events": file("events.out.tfevents.1.gz", lambda: bomb(b"", 1 << 32, b"\0")),
    "a tar of zeros": file("a.tgz", lambda: bomb(b"", 1 << 32, b"\0")),
    "a tar with a member of blanks": tar_of_blanks,
    "gzip members": gzip_members,
    "a gzip name without end": gzip_name,
    "a torn gzip": file("metrics.csv.gz", lambda: gzip.compress(GOOD.encode())[:-20]),
    "a torn tar": file("a.tgz", lambda: gzip.compress(bytes(2000))[:-9]),
    "a tar header without end": tar_without_end,
    "a tar with a long name": tar_with_a_long_name,
    "a zip out of its folder": lambda folder: zipped(
        folder / "a.zip", (f"{'../' * 20}{folder}/{MARK}/metrics.csv", GOOD)
    ),
    "a zip to an absolute path": lambda folder: zipped(folder / "a.zip", (f"/tmp/{MARK}/metrics.csv", GOOD)),  # noqa: S108
    "a zip to a drive": lambda folder: zipped(folder / "a.zip", (f"C:\\{MARK}\\metrics.csv", GOOD)),
    "a zip with a link": link,
    "a tar with a link": tar_link,
    "a tar with a device": tar_device,
    "a tar through a link": tar_through_a_link,
    "an encrypted zip": encrypted,
    "a zip that is text": file("a.zip", "no zip at all"),
    "a zip that only begins": file("a.zip", b"PK\x03\x04" + bytes(100)),
    "deep JSON": file("metrics.json", "[" * 100_000),
    "deep JSON, closed": file("metrics.json", '{"loss":' * 100_000 + "1" + "}" * 100_000),
    "deep JSON lines": file("metrics.jsonl", ('{"step":' * 100_000 + "1" + "}" * 100_000 + "\n") * 3),
    "JSON lines with integers of 10,000 digits": file(
        "log.jsonl", "".join(f'{{"step": {i}, "train_loss": 1.5, "n": {"9" * 9999}}}\n' for i in range(99))
    ),
    "one line": file("metrics.csv", lambda: "step,train_loss\n" + "1," * 50_000_000),
    "one cell": file("metrics.csv", lambda: "step,train_loss\n1," + "9" * 100_000_000),
    "a header without end": file("metrics.csv", lambda: ",".join(f"loss{k}" for k in range(2_000_000)) + "\n1\n"),
    "a huge file": sparse,
    "a record of 2^60 bytes": torn_events,
    "a W&B file of nothing": file("run-x.wandb", HEADER + struct.pack("<IHB", 0, 65_535, 1) + bytes(99)),
    "NULs": file("metrics.csv", bytes(1 << 20)),
    "an XML bomb": file("metrics.xml", '<!DOCTYPE x [<!ENTITY a "aaaa">]><x>' + "&a;" * 10_000),
    "a fake database": file("mlflow.db", b"SQLite format 3\0" + b"\xff" * 4096),
    "a fake Parquet file": file("history.parquet", b"PAR1" + b"\xff" * 4096 + b"PAR1"),
}

READ: dict[str, Make] = {
    "YAML with a command": with_settings(f"lr: !!python/object/apply:os.mkdir ['{MARK}']\nbatch_size: 8\n"),
    "YAML with an object": with_settings(f"!!python/object/new:os.mkdir\nargs: ['{MARK}']\n"),
    "YAML of a billion laughs": with_settings(LAUGHS),
    "deep YAML": with_settings("[" * 100_000),
    "large YAML": with_settings("a: 1\n" * 1_000_000),
    "settings that are a link to a pipe": piped_settings,
    "integers of 10,000 digits": file(
        "metrics.csv", "step,train_loss,n\n" + "".join(f"{i},{2 - i / 99},{'9' * 9999}\n" for i in range(99))
    ),
    "steps of 300 digits": file(
        "metrics.csv", "step,train_loss\n" + "".join(f"{10**300 + i},{2 - i / 99}\n" for i in range(99))
    ),
    "a claim of 2^60 bytes after good records": lambda folder: claiming(folder, struct.pack("<QI", 1 << 60, 0)),
    "an escape sequence for a name": file("metrics.csv", GOOD.replace("train_loss", "train_loss\x1b[2J\u202e")),
}
