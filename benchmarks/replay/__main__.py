"""How good replay's LR is.

    python -m benchmarks.replay              regret beside the LR finders, at 300 and 1,000 steps, and the bars
    python -m benchmarks.replay overhead     wall time of the reruns over a bare loop of as many steps
    python -m benchmarks.replay prior        half the steps with the log of a bad run, against all of them without
    python -m benchmarks.replay together     sixteen arms at once beside one (`--device`): bars for a GPU
    python -m benchmarks.replay optimizers   every optimizer of pytorch_optimizer (`pip install --group optimizers`)
    python -m benchmarks.replay truth        sweep the LR of every task that `truth/` lacks (two hours)

The finders run in an environment of their own (`--finders`), and their answers are kept in `build/replay`.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import torch

from benchmarks.replay import answers, compare, truth
from benchmarks.replay.tasks import TASKS

KEPT = Path("build/replay")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "command",
        nargs="?",
        choices=["compare", "overhead", "prior", "together", "optimizers", "truth"],
        default="compare",
    )
    parser.add_argument("--only", choices=["lrdoctor", "finders"], help="compare: leave the others out")
    parser.add_argument("--tasks", nargs="+", metavar="NAME", choices=[task.name for task in TASKS])
    parser.add_argument("--seeds", type=int, default=len(answers.SEEDS), help="how many, from 0")
    parser.add_argument("--budgets", type=int, nargs="+", choices=answers.BUDGETS, default=answers.BUDGETS)
    parser.add_argument("--repeats", type=int, default=20, help="overhead, together: how often each is timed")
    parser.add_argument("--device", help="together: `cuda`, `cpu`; otherwise the best there is")
    parser.add_argument("--jobs", type=int, default=1, help="compare, prior: processes at once")
    parser.add_argument("--finders", type=Path, default=Path("build/finders/bin/python"), help="their interpreter")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for line in lines(asked):
        print(line, flush=True)


def lines(asked: argparse.Namespace) -> Iterator[str]:
    """What the command prints."""
    tasks = [task for task in TASKS if asked.tasks is None or task.name in asked.tasks]
    seeds = range(asked.seeds)
    if asked.command == "truth":
        yield from truth.make(tasks, KEPT / "truth")
    elif asked.command == "overhead":
        from benchmarks.replay import overhead

        yield from overhead.report(TASKS, asked.repeats)
    elif asked.command == "optimizers":
        from benchmarks.replay import optimizers

        yield from optimizers.report()
    elif asked.command == "together":
        from benchmarks.replay import together

        yield from together.report(tasks, asked.device, asked.repeats)
    elif asked.command == "prior":
        from benchmarks.replay import prior

        for budget in asked.budgets:
            yield from prior.report(tasks, budget, seeds, asked.jobs)
    else:
        whose = ("lrdoctor", "finders") if asked.only is None else (asked.only,)
        if "finders" in whose:
            compare.ask_finders(asked.finders, KEPT / "finders.jsonl", tasks, seeds)
        for budget in asked.budgets:
            yield from compare.report(tasks, seeds, budget, KEPT / "finders.jsonl", whose, asked.jobs)


if __name__ == "__main__":
    main()
