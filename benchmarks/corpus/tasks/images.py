"""Small images: convolutional and residual nets, patch transformers, contrastive learning."""

from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as F  # noqa: N812  everybody's name for it
from torch import Generator, Tensor

from benchmarks.corpus.data import Split, digits, photo_patches, shifted, textures
from benchmarks.corpus.layers import Scaled
from benchmarks.corpus.models import PatchTransformer, cnn, mlp, resnet
from benchmarks.corpus.tasks.task import Batch, Task, cross_entropy_sum, smoothed_cross_entropy, supervised


def contrastive(temperature: float, embed: int, photos: bool) -> Task:
    """InfoNCE: two noisy views of an image find each other among the batch."""
    data = photo_patches(6, False) if photos else digits()
    pixels = data.x[0].numel()

    def views(x: Tensor, g: Generator) -> Tensor:
        a, b = (x + 0.35 * torch.randn(x.shape, generator=g) for _ in range(2))
        return torch.cat([a.roll(1, 2), b])

    def batch(index: Tensor, g: Generator) -> Batch:
        return views(data.x[index], g), torch.arange(len(index))

    def similarity(out: Tensor) -> Tensor:
        a, b = F.normalize(out, dim=1).chunk(2)
        return a @ b.T / temperature

    def loss(out: Tensor, batch: Batch) -> Tensor:
        return F.cross_entropy(similarity(out), batch[1])

    val = (views(data.val_x[:256], torch.Generator().manual_seed(1)), torch.arange(256))
    return Task(lambda: mlp([pixels, 64, embed]), loss, len(data.x), batch, val)


def augmented(channels: list[int], norm: bool) -> Task:
    """A CNN that sees each digit at another place every epoch."""
    data = digits(12, copies=1, shift=2)

    def batch(index: Tensor, g: Generator) -> Batch:
        seed = int(torch.randint(2**31, (1,), generator=g))
        return shifted(data.x[index], 1, 0.1, seed), data.y[index]

    plain = supervised(data, lambda: cnn((1, 12), channels, 10, norm))
    return Task(plain.model, plain.loss, plain.size, batch, plain.validation, plain.accuracy)


def judged_on(data: Split, count: int) -> Split:
    """The same data with fewer validation samples, for nets whose validation costs more than their training."""
    return replace(data, val_x=data.val_x[:count], val_y=data.val_y[:count])


TASKS: dict[str, Callable[[], Task]] = {
    "cnn/digits": lambda: supervised(digits(), lambda: cnn((1, 8), [8, 12], 10)),
    "cnn/digits-deep": lambda: supervised(digits(12), lambda: cnn((1, 12), [8, 12, 16, 16], 10)),
    "cnn/digits-augmented": lambda: augmented([8, 16], False),
    "cnn/textures": lambda: supervised(textures(), lambda: cnn((3, 10), [8, 16], 10)),
    "cnn/textures-sum": lambda: supervised(textures(8), lambda: cnn((3, 8), [8, 12], 10), cross_entropy_sum),
    "cnn/patches": lambda: supervised(photo_patches(12), lambda: Scaled(cnn((3, 12), [8, 16], 8, drop=0.2), 8.0)),
    "cnn/digits-255": lambda: supervised(digits(), lambda: Scaled(cnn((1, 8), [6, 12], 10), 255.0)),
    "cnn/textures-few": lambda: supervised(
        judged_on(textures(10, train=1200, noise=0.9), 600), lambda: Scaled(cnn((3, 10), [12, 24], 10), 2.0)
    ),
    "cnn-bn/textures-few": lambda: supervised(
        judged_on(textures(10, train=1200, noise=0.9), 600), lambda: cnn((3, 10), [10, 20], 10, norm=True)
    ),
    "cnn-bn/digits": lambda: supervised(digits(), lambda: cnn((1, 8), [8, 12], 10, norm=True)),
    "cnn-bn/textures": lambda: supervised(textures(), lambda: cnn((3, 10), [8, 16], 10, norm=True)),
    "cnn-bn/textures-smooth": lambda: supervised(
        textures(8), lambda: cnn((3, 8), [6, 12], 10, norm=True), smoothed_cross_entropy
    ),
    "cnn-bn/patches": lambda: supervised(
        judged_on(photo_patches(12), 600), lambda: cnn((3, 12), [8, 12], 8, norm=True)
    ),
    "cnn-bn/digits-augmented": lambda: augmented([6, 12], True),
    "resnet/digits": lambda: supervised(
        judged_on(digits(12), 500), lambda: Scaled(resnet(1, 8, 2, 10, norm=True), after=8.0)
    ),
    "resnet/textures": lambda: supervised(judged_on(textures(), 500), lambda: resnet(3, 8, 2, 10, norm=False)),
    "resnet/patches": lambda: supervised(judged_on(photo_patches(12), 600), lambda: resnet(3, 8, 2, 8, norm=True)),
    "patch-transformer/digits": lambda: supervised(
        judged_on(digits(), 500), lambda: PatchTransformer((1, 8), 2, 16, 2, 10)
    ),
    "patch-transformer/digits-post": lambda: supervised(
        judged_on(digits(), 500), lambda: PatchTransformer((1, 8), 2, 16, 2, 10, pre_norm=False)
    ),
    "patch-transformer/textures": lambda: supervised(
        judged_on(textures(8, noise=0.4), 500), lambda: PatchTransformer((3, 8), 2, 20, 1, 10)
    ),
    "patch-transformer/textures-few": lambda: supervised(
        judged_on(textures(8, train=1200), 500), lambda: PatchTransformer((3, 8), 2, 32, 2, 10)
    ),
    "resnet/textures-few": lambda: supervised(
        judged_on(textures(10, train=1200, noise=0.9), 500), lambda: resnet(3, 10, 2, 10, norm=True)
    ),
    "patch-transformer/patches": lambda: supervised(
        judged_on(photo_patches(12), 600), lambda: Scaled(PatchTransformer((3, 12), 3, 20, 1, 8), after=5.0)
    ),
    "contrastive/digits": lambda: contrastive(0.2, 16, False),
    "contrastive/digits-cold": lambda: contrastive(0.05, 24, False),
    "contrastive/patches": lambda: contrastive(0.1, 16, True),
}
