"""`python -m benchmarks.fuzz`: read mutated logs and report, reader by reader, what came of them."""

import argparse
import os
import signal
import sys
from collections import Counter
from pathlib import Path

from benchmarks.fuzz import campaign
from benchmarks.fuzz.one import chosen, outcome, put
from benchmarks.fuzz.seeds import Seed, seeds

OUT = Path("build/fuzz")


def main() -> int:
    """Run or go on with a campaign; 1 where something was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="in all, over all readers")
    parser.add_argument("--seed", type=int, default=0, help="of the mutations")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--more", type=Path, action="append", default=[], help="a folder of folders of other logs")
    parser.add_argument("--readers", nargs="+", metavar="NAME", help="of these readers alone")
    parser.add_argument("--out", type=Path, default=OUT, help="where findings and finished pieces go")
    parser.add_argument("--fresh", action="store_true", help="forget finished pieces: the code has changed")
    parser.add_argument("--only", type=int, help="read this one input, and show what happens")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the processes end and their folders go
    found = [one for one in seeds(options.more) if not options.readers or one.reader in options.readers]
    print(f"{len(found)} seeds of {len({one.reader for one in found})} readers")
    if options.only is not None:
        return again(found, options.only, options.seed, options.out)
    pieces = campaign.run(found, options.inputs, options.seed, options.workers, options.out, fresh=options.fresh)
    return report(pieces, options.out)


def again(found: list[Seed], number: int, seed: int, out: Path) -> int:
    """One input, put where it can be looked at."""
    one, data, mutations = chosen(found, number, seed)
    folder = out / "again"
    result = outcome(found, number, seed, folder)
    print(f"{put(one, data, folder)}: {one.reader}, {', '.join(mutations)}: {result.kind}\n{result.detail}")
    return 0 if result.kind in campaign.FINE else 1


def report(pieces: list[dict[str, object]], out: Path) -> int:
    """Print a row for each reader, and every kind of failure once."""
    counts: Counter[tuple[str, str]] = Counter()
    failures: dict[tuple[object, ...], list[dict[str, object]]] = {}
    for piece in pieces:
        assert isinstance(piece["counts"], dict)
        assert isinstance(piece["found"], list)
        for name, count in piece["counts"].items():
            reader, _, kind = name.rpartition(" ")
            counts[reader, kind] += count
        for one in piece["found"]:
            last = str(one["detail"]).splitlines()[-1:] if one["kind"] == "traceback" else []
            failures.setdefault((one["reader"], one["kind"], *last), []).append(one)
    kinds = ["read", "refused", "traceback", "hang", "memory", "died", "changed"]
    print("".join(f"{word:>10}" for word in ("inputs", *kinds)) + "  reader")
    readers = sorted({reader for reader, _ in counts})
    for reader in readers:
        row = [counts[reader, kind] for kind in kinds]
        print("".join(f"{number:>10,}" for number in (sum(row), *row)) + f"  {reader}")
    row = [sum(counts[reader, kind] for reader in readers) for kind in kinds]
    print("".join(f"{number:>10,}" for number in (sum(row), *row)) + "  all")
    for (reader, kind, *_), several in failures.items():
        first = several[0]
        print(f"\n{reader}: {kind}, {len(several)} times; {out}/findings/{reader}-{first['number']}\n{first['detail']}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
