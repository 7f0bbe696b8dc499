"""The corpus of small training sweeps: make what is missing, describe it, check its labelling rules."""

import argparse
from pathlib import Path

from benchmarks.corpus.check import agreement
from benchmarks.corpus.drawn import draw
from benchmarks.corpus.make import DATA, make
from benchmarks.corpus.statistics import describe


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    maker = commands.add_parser("make", help="train the sweeps that have no file yet")
    maker.add_argument("--workers", type=int, default=2)
    maker.add_argument("--only", default="*", metavar="GLOB", help="sweeps whose name matches")
    drawer = commands.add_parser("draw", help="append random sweeps to the table drawn.csv")
    drawer.add_argument("count", type=int)
    drawer.add_argument("--seed", type=int, default=1)
    commands.add_parser("stats", help="describe what is on disk")
    checker = commands.add_parser("check", help="compare our labelling rules with a labelled file")
    checker.add_argument("file", type=Path)
    options = parser.parse_args()
    if options.command == "make":
        make(options.workers, options.only)
    elif options.command == "draw":
        draw(options.count, options.seed)
    elif options.command == "stats":
        print(describe(DATA))
    else:
        print(agreement(options.file))


if __name__ == "__main__":
    main()
