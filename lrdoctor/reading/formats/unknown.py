"""What a file that no reader knows seems to be, so that the refusal can say what to do next."""

import re

from lrdoctor.reading.formats.generic.console_refusal import what_it_lacks
from lrdoctor.reading.parsing.boosting import is_boosting
from lrdoctor.reading.parsing.head import Head
from lrdoctor.reading.parsing.own_report import WHAT as OWN_REPORT
from lrdoctor.reading.parsing.own_report import is_own_report

_LFS = b"version https://git-lfs"
_GIVE_LOG = "name the training log itself"
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n", f"a PNG image: {_GIVE_LOG}, not a picture of it"),
    (b"\xff\xd8\xff", f"a JPEG image: {_GIVE_LOG}, not a picture of it"),
    (b"GIF8", f"a GIF image: {_GIVE_LOG}, not a picture of it"),
    (b"%PDF", f"a PDF document: {_GIVE_LOG}"),
    (b"PK\x03\x04", "a zip archive (torch checkpoints are such too): unpack it, or name the log beside the checkpoint"),
    (b"\x1f\x8b", "gzip-compressed: unpack it with gunzip or tar first"),
    (b"BZh", "bzip2-compressed: unpack it first"),
    (b"\xfd7zXZ", "xz-compressed: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed: unpack it first"),
    (
        b"SQLite format 3\x00",
        "an SQLite database: neither MLflow's nor Optuna's; export the run's metrics as CSV and name that file",
    ),
    (b"\x89HDF\r\n", "an HDF5 file, probably a model's weights: name the training log beside it"),
    (b"\x93NUMPY", "a NumPy array: save it as CSV with a step and a loss column"),
    (b"\x7fELF", f"a program: {_GIVE_LOG}"),
    (b"PAR1", "a Parquet table without a step and a loss column: export the run's history"),
)
# Many a line of a log begins with its time or its rank in such brackets too.
_JSON_LIST = re.compile(r"\[\s*(?:[\[{\"\]]|(?=[-+.]{0,2}\d)[-+\d.eE]{1,40}\s*[,\]]\s)")


def what_it_seems(head: Head) -> str:
    """One line on an unrecognised file: what was found, then what to do next."""
    if head.size == 0:
        return "an empty file: the run wrote nothing, or the copy failed; name another file"
    if head.data.startswith(_LFS):
        return "a Git LFS pointer, not the file it stands for: run git lfs pull, then try again"
    if is_own_report(head):
        return OWN_REPORT
    for magic, meaning in _MAGIC:
        if head.data.startswith(magic):
            return meaning
    if "tfevents" in head.path.name:
        return (
            f"an event file by its name, but damaged or torn in its first record ({head.size:,} bytes): copy it again"
        )
    if head.path.suffix == ".wandb":
        return f"a W&B file by its name, but without W&B's header ({head.size:,} bytes): copy it again"
    if re.match(rb"\x80[\x02-\x05]", head.data):
        return "a Python pickle, which is not opened because it can run code: save the history as JSON or CSV"
    if b"\x00" in head.data[:4096] or head.text.count("\ufffd") > len(head.text) // 20:
        return f"a binary file of an unknown kind: {_GIVE_LOG}"
    return _what_text_seems(head)


def _what_text_seems(head: Head) -> str:
    text = head.text.strip()
    if not text:
        return f"a file of blanks: {_GIVE_LOG}"
    if text.startswith("<"):
        return f"a web page or XML (a failed download?): {_GIVE_LOG}"
    if is_boosting(text):
        return "rounds of boosted trees, whose learning rate is no step size: name a log of gradient descent"
    if head.path.suffix.lower() == ".ipynb":
        return "a notebook whose outputs show no training: run its training cell and save it, or name another log"
    if text[0] == "{" or _JSON_LIST.match(text):
        return "JSON, but no training history known here: export the run's history as CSV with a step and a loss column"
    first = text.splitlines()[0]
    separator = max(",;\t|", key=first.count)
    names = [name.strip(" \"'")[:30] for name in first.split(separator)]
    if len(names) > 1 and head.path.suffix.lower() in {".csv", ".tsv"}:
        shown = ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
        if "loss" in first.lower():
            return (
                f"a table ({shown}) with no column that counts a training's steps: results or data, no training curve; "
                f"{_GIVE_LOG}, or call that column `step`"
            )
        return f"a table, but with no column named like a loss ({shown}): add a header that names the step and the loss"
    lacks = what_it_lacks(head)
    if lacks is not None:
        return lacks
    return "text in no log format known here: save the curve as CSV with a step and a loss column"
