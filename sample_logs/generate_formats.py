"""Tell known trainings again in every format: `python sample_logs/generate_formats.py [NAME ...]`.

Each log under `formats/` holds the curve of another sample (see `generate.py`), written by the real writer or, where
that cannot run here, in its exact shape.  So both its verdict and its values are known: tests hold them against the
other sample's.  `formats.json` says which is which; the table in `README.md` says it to people.

A real writer is imported only when its sample is made: pip install what the error names.
"""

import json
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from generation.formats import FORMS
from generation.formats.form import Own
from generation.formats.training import training

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- table: generate_formats.py -->", "<!-- /formats -->"
LARGEST = 100_000  # bytes a sample may have


def main(names: Sequence[str]) -> None:
    """Make the named samples, or all, and bring `formats.json` and the README's table up to date."""
    socket.gethostname = lambda: "localhost"  # writers name files after the machine
    for form in FORMS:
        if names and form.name not in names:
            continue
        folder, made = HERE / "formats" / form.name, HERE / ".sweeps" / "made" / form.name
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        if isinstance(form, Own):
            form.write(made)
        else:
            form.write(made, training(form.of))
        size = sum(path.stat().st_size for path in made.rglob("*") if path.is_file())
        if size > LARGEST:
            raise ValueError(f"{form.name}: {size:,} bytes are more than {LARGEST:,}: write every other point")
        shutil.rmtree(folder, ignore_errors=True)
        folder.parent.mkdir(exist_ok=True)
        shutil.move(made, folder)
        print(f"{form.name}: by {form.writer}, {size / 1000:.1f} kB", flush=True)
    listing: dict[str, dict[str, object]] = {
        form.name: (
            {"verdict": form.verdict, "reader": form.reader, "writer": form.writer}
            if isinstance(form, Own)
            else {"of": form.of, "reader": form.reader, "writer": form.writer, "real": form.real}
        )
        for form in FORMS
        if (HERE / "formats" / form.name).is_dir()
    }
    (HERE / "formats.json").write_text(json.dumps(listing, indent=1) + "\n")
    readme = (HERE / "README.md").read_text()
    before, _, rest = readme.partition(BEGIN)
    after = rest.partition(END)[2]
    rows = [f"| `formats/{n}` | {f['writer']} | {_training(f)} | {f['reader']} |" for n, f in listing.items()]
    table = "\n".join(["| folder | writer | the training of | read as |", "| --- | --- | --- | --- |", *rows])
    (HERE / "README.md").write_text(f"{before}{BEGIN}\n{table}\n{END}{after}")


def _training(line: dict[str, object]) -> str:
    return f"`{line['of']}`" if "of" in line else f"its own: **{line['verdict']}**"


if __name__ == "__main__":
    main(sys.argv[1:])
