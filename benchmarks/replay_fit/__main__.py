"""What replay learned from other tasks: the figures of `lrdoctor/replay/belief/other_tasks.py`, beside their spread.

python -m benchmarks.replay_fit            print them (short reruns of every study first: half an hour)
python -m benchmarks.replay_fit replays    regret and coverage of replays of the studies (a quarter of an hour)
python -m benchmarks.replay_fit truth      sweep the LR of every study that `truth/` lacks (an hour)
"""

import sys

import numpy as np
import torch

from benchmarks.replay_fit import collect, fit, replays, truth


def main() -> None:
    """Run what was asked for."""
    torch.set_num_threads(1)
    if sys.argv[1:] == ["truth"]:
        truth.make()
    elif sys.argv[1:] == ["replays"]:
        for line in replays.lines():
            print(line, flush=True)
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        collect.make()
        with np.printoptions(precision=2, suppress=True):
            for line in fit.lines():
                print(line)


if __name__ == "__main__":
    main()
