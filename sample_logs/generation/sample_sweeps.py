"""The samples that are sweeps: folders of runs to be judged together."""

from functools import partial

from generation import lightning_runs, recipes
from generation.sample import CSV, GONE, HIGH, SLOW, WELL, Sample
from generation.training import Recipe


def _one_lr(lr: float, verdict: str) -> Sample:
    return Sample(
        recipes.AUTOENCODER, lr, (verdict,), lightning_runs.lightning_csv, CSV, note="seed and all else alike"
    )


def _one_of_two(recipe: Recipe, lr: float, *allowed: str, note: str = "seed, task and batch size alike") -> Sample:
    write = partial(lightning_runs.lightning_csv, every=6, seeded=True)
    return Sample(recipe, lr, allowed, write, CSV, note=note)


SWEEPS = {
    "sweep/lr_0.0003": _one_lr(3e-4, SLOW),
    "sweep/lr_0.0007": _one_lr(7e-4, SLOW),
    "sweep/lr_0.0015": _one_lr(1.5e-3, SLOW),
    "sweep/lr_0.02": _one_lr(2e-2, WELL),
    "sweep/lr_0.13": _one_lr(0.13, HIGH),
    "sweep/lr_0.5": _one_lr(0.5, HIGH),
    "two-sweeps/sgd_5e-4": _one_of_two(recipes.MLP, 5e-4, SLOW),
    "two-sweeps/sgd_0.06": _one_of_two(recipes.MLP, 0.06, WELL),
    "two-sweeps/sgd_2": _one_of_two(
        recipes.MLP, 2.0, HIGH, GONE, note="dead from the first steps on; its last losses are about 5 % above the first"
    ),
    "two-sweeps/adamw_3e-5": _one_of_two(recipes.MLP_ADAMW, 3e-5, SLOW),
    "two-sweeps/adamw_5e-3": _one_of_two(recipes.MLP_ADAMW, 5e-3, WELL),
    "two-sweeps/adamw_0.4": _one_of_two(recipes.MLP_ADAMW, 0.4, HIGH),
}
