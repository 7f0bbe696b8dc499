"""Autoencoders, variational autoencoders and denoising, with the loss reductions in common use."""

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F  # noqa: N812  everybody's name for it
from torch import Generator, Tensor, nn

from benchmarks.corpus.data import Split, digits, photo_patches
from benchmarks.corpus.models import VAE, cnn, mlp
from benchmarks.corpus.tasks.task import Batch, Task, squared, squared_sum, supervised


def images_of(name: str) -> tuple[Tensor, Tensor]:
    """Flat training and validation images in [0, 1]."""
    data = {
        "digits": lambda: digits(noise=0.0),
        "digits12": lambda: digits(12, noise=0.0),
        "grey": lambda: photo_patches(6, False),
        "colour": lambda: photo_patches(6),
    }[name]()
    return data.x.flatten(1).clamp(0, 1), data.val_x.flatten(1).clamp(0, 1)


def autoencoder(
    name: str, model: Callable[[], nn.Module], loss: Callable[[Tensor, Batch], Tensor], noise: float = 0.0
) -> Task:
    x, val = images_of(name)
    return supervised(Split(x, x, val, val), model, loss, accuracy=False, noise=noise)


def bce_pixels(out: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy summed over pixels, averaged over images."""
    return F.binary_cross_entropy_with_logits(out, batch[-1], reduction="sum") / len(out)


def elbo(out: Tensor, batch: Batch, pixels: int, beta: float, gaussian: bool, mean: bool) -> Tensor:
    """Negative evidence bound an image; `mean` divides it by the pixels."""
    logits, mu, logvar = out[:, :pixels], *out[:, pixels:].chunk(2, 1)
    x = batch[0]
    if gaussian:
        fit = 5 * (torch.sigmoid(logits) - x).square().sum(1)
    else:
        fit = F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(1)
    divergence = -0.5 * (1 + logvar - mu.square() - logvar.exp()).sum(1)
    bound = (fit + beta * divergence).mean()
    return bound / pixels if mean else bound


def vae(name: str, width: int, code: int, beta: float = 1.0, gaussian: bool = False, mean: bool = False) -> Task:
    x, val = images_of(name)
    pixels = x.shape[1]

    def batch(index: Tensor, g: Generator) -> Batch:
        return x[index], torch.randn(len(index), code, generator=g)

    held = (val, torch.randn(len(val), code, generator=torch.Generator().manual_seed(4)))
    loss = partial(elbo, pixels=pixels, beta=beta, gaussian=gaussian, mean=mean)
    return Task(lambda: VAE(pixels, width, code), loss, len(x), batch, held, inputs=2)


def noise_prediction(points: Tensor, held: Tensor, model: Callable[[], nn.Module], summed: bool) -> Task:
    """Diffusion: guess the noise from the noisy sample and the noise level."""

    def noised(x: Tensor, g: Generator) -> Batch:
        level = torch.rand(len(x), 1, generator=g)
        noise = torch.randn(x.shape, generator=g)
        angle = level * torch.pi / 2
        return torch.cat([torch.cos(angle) * x + torch.sin(angle) * noise, 2 * level - 1], 1), noise

    val = noised(held.repeat(2, 1), torch.Generator().manual_seed(5))
    return Task(model, squared_sum if summed else squared, len(points), lambda i, g: noised(points[i], g), val)


def two_rings(n: int) -> Tensor:
    g = torch.Generator().manual_seed(6)
    radius = torch.where(torch.rand(n, generator=g) < 0.5, 0.5, 1.5) + 0.05 * torch.randn(n, generator=g)
    angle = 6.2832 * torch.rand(n, generator=g)
    return torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], 1)


def diffusion_images(summed: bool) -> Task:
    x, val = images_of("grey")
    return noise_prediction(4 * x - 2, 4 * val - 2, lambda: mlp([37, 96, 96, 36], "silu"), summed)


def denoising_cnn() -> Task:
    """Find the clean patch in a noisy one with a small convolutional net."""
    data = photo_patches(6, False)
    noisy = data.val_x + 0.3 * torch.randn(data.val_x.shape, generator=torch.Generator().manual_seed(7))
    split = Split(data.x, data.x.flatten(1), noisy, data.val_x.flatten(1))
    return supervised(split, lambda: cnn((1, 6), [12, 12], 36), squared, accuracy=False, noise=0.3)


TASKS: dict[str, Callable[[], Task]] = {
    "autoencoder/digits-mean": lambda: autoencoder("digits", lambda: mlp([64, 32, 8, 32, 64]), squared),
    "autoencoder/digits-sum": lambda: autoencoder("digits", lambda: mlp([64, 48, 12, 48, 64]), bce_pixels),
    "autoencoder/colour-sum": lambda: autoencoder("colour", lambda: mlp([108, 48, 10, 48, 108], "tanh"), squared_sum),
    "autoencoder/denoise": lambda: autoencoder("digits12", lambda: mlp([144, 64, 144]), bce_pixels, noise=0.4),
    "autoencoder/digits12-raw": lambda: autoencoder("digits12", lambda: mlp([144, 96, 12, 96, 144]), squared_sum),
    "vae/digits12-raw": lambda: vae("digits12", 128, 8),
    "vae/digits": lambda: vae("digits", 64, 6),
    "vae/digits-wide": lambda: vae("digits12", 160, 10),
    "vae/digits12": lambda: vae("digits12", 64, 8),
    "vae/digits-mean": lambda: vae("digits", 48, 4, mean=True),
    "vae/colour-gauss": lambda: vae("colour", 48, 8, beta=0.2, gaussian=True),
    "vae/grey-beta": lambda: vae("grey", 48, 6, beta=0.05),
    "diffusion/rings": lambda: noise_prediction(
        two_rings(2000), two_rings(2600)[2000:], lambda: mlp([3, 64, 64, 2], "silu"), False
    ),
    "diffusion/patches": lambda: diffusion_images(False),
    "diffusion/patches-sum": lambda: diffusion_images(True),
    "diffusion/denoise-cnn": denoising_cnn,
}
