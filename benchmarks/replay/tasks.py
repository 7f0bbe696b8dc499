"""The tasks: four architectures, five optimizers, four schedules."""

from functools import partial

from torch import optim
from torch.optim import Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LRScheduler, OneCycleLR

from benchmarks.replay import data, models
from benchmarks.replay.data import cross_entropy, squared
from benchmarks.replay.lion import Lion
from benchmarks.replay.task import STEPS, MakeScheduler, Parameters, Task


def sgd(parameters: Parameters) -> Optimizer:
    """Plain, at torch's default LR."""
    return optim.SGD(parameters, lr=1e-3)


def momentum(parameters: Parameters) -> Optimizer:
    """Momentum and a little weight decay, at torch's default LR."""
    return optim.SGD(parameters, lr=1e-3, momentum=0.9, weight_decay=5e-4)


def adamw(parameters: Parameters) -> Optimizer:
    """All at torch's defaults."""
    return optim.AdamW(parameters, lr=1e-3, weight_decay=0.01)


def adagrad(parameters: Parameters) -> Optimizer:
    """All at torch's defaults."""
    return optim.Adagrad(parameters, lr=1e-2)


def lion(parameters: Parameters) -> Optimizer:
    """At the default LR of its paper's code, with weight decay."""
    return Lion(parameters, lr=1e-4, weight_decay=0.1)


def warm_up(optimizer: Optimizer) -> LRScheduler:
    """Up in a tenth of the run, then level."""
    return LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / (STEPS // 10)))


def cosine(optimizer: Optimizer) -> LRScheduler:
    """Down to zero."""
    return CosineAnnealingLR(optimizer, STEPS)


def one_cycle(optimizer: Optimizer) -> LRScheduler:
    """Up to the optimizer's LR in three tenths of the run, down to nearly nothing in the rest."""
    peaks = [float(group["lr"]) for group in optimizer.param_groups]
    return OneCycleLR(optimizer, max_lr=peaks, total_steps=STEPS, cycle_momentum=False)


SCHEDULES: dict[str, MakeScheduler | None] = {
    "constant": None,
    "warm-up": warm_up,
    "cosine": cosine,
    "one-cycle": one_cycle,
}
clusters_mlp = partial(models.mlp, 20, 64, 2, 8)
friedman_mlp = partial(models.mlp, 10, 64, 2, 1)
digits_cnn = partial(models.cnn, 1, 12)
textures_cnn = partial(models.cnn, 3, 8)
language_transformer, image_transformer = models.language_transformer, models.image_transformer
language_gru, series_gru = models.language_gru, models.series_gru

TASKS: tuple[Task, ...] = tuple(
    Task(name, made, model, criterion, optimizer, schedule, SCHEDULES[schedule], **rest)
    for name, made, model, criterion, optimizer, schedule, rest in (
        ("mlp-clusters-sgd", data.clusters, clusters_mlp, cross_entropy, sgd, "constant", {}),
        ("mlp-clusters-adamw", data.clusters, partial(clusters_mlp, dropout=0.2), cross_entropy, adamw, "cosine", {}),
        ("mlp-friedman-momentum", data.friedman, friedman_mlp, squared, momentum, "cosine", {"batch_size": 64}),
        ("mlp-friedman-adagrad", data.friedman, friedman_mlp, squared, adagrad, "constant", {}),
        ("cnn-digits-sgd", data.digits, digits_cnn, cross_entropy, sgd, "cosine", {}),
        ("cnn-digits-momentum", data.digits, digits_cnn, cross_entropy, momentum, "one-cycle", {}),
        ("cnn-textures-adamw", data.textures, textures_cnn, cross_entropy, adamw, "one-cycle", {}),
        ("cnn-textures-lion", data.textures, textures_cnn, cross_entropy, lion, "cosine", {}),
        ("transformer-markov-adamw", data.markov, language_transformer, cross_entropy, adamw, "warm-up", {"clip": 1.0}),
        ("transformer-markov-lion", data.markov, language_transformer, cross_entropy, lion, "constant", {}),
        ("transformer-digits-momentum", data.digits, image_transformer, cross_entropy, momentum, "cosine", {}),
        ("gru-series-adamw", data.series, series_gru, squared, adamw, "one-cycle", {}),
        ("gru-markov-adagrad", data.markov, language_gru, cross_entropy, adagrad, "constant", {}),
        ("gru-markov-momentum", data.markov, language_gru, cross_entropy, momentum, "one-cycle", {"clip": 0.5}),
    )
)
