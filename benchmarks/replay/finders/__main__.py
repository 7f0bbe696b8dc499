"""Runs the finders and keeps their answers, in the environment that has them.

    python -m benchmarks.replay.finders build/replay/finders.jsonl

Each line of the file is one library's range test; tests that are in the file are not run again.
"""

import argparse
import json
import math
from importlib import import_module
from pathlib import Path

import torch

from benchmarks.replay.answers import SEEDS, TESTS, read, test_seed
from benchmarks.replay.finders import LIBRARIES
from benchmarks.replay.tasks import TASKS


def main() -> None:
    """Run the tests that are missing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--tasks", nargs="+")
    parser.add_argument("--libraries", nargs="+", choices=LIBRARIES, default=LIBRARIES)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    asked.file.parent.mkdir(parents=True, exist_ok=True)
    done = {(line.library, line.task, line.seed, line.test) for line in read(asked.file)}
    for library in asked.libraries:
        run = import_module(f"benchmarks.replay.finders.{library}").test
        for task in TASKS:
            ran = 0
            for seed in asked.seeds:
                if asked.tasks is not None and task.name not in asked.tasks:
                    continue
                for test in range(TESTS):
                    if (library, task.name, seed, test) in done:
                        continue
                    torch.manual_seed(test_seed(seed, test))
                    ran += 1
                    found = run(task, test_seed(seed, test))
                    line = {"library": library, "task": task.name, "seed": seed, "test": test}
                    with asked.file.open("a") as file:
                        file.write(json.dumps({**line, "answers": {m: _number(a) for m, a in found.items()}}) + "\n")
            if ran:
                print(f"{library}: {ran} range tests of {task.name}", flush=True)


def _number(answer: float | None) -> float | None:
    usable = answer is not None and math.isfinite(answer) and answer > 0
    return float(answer) if usable and answer is not None else None


if __name__ == "__main__":
    main()
