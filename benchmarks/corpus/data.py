"""Data sets small enough to train on in seconds; everything is on this machine or made from a seed."""

import sysconfig
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  everybody's name for it
from sklearn import datasets
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Split:
    """Inputs and targets to train on, and others to validate on."""

    x: Tensor
    y: Tensor
    val_x: Tensor
    val_y: Tensor


def split(x: Tensor, y: Tensor, train: int, validation: int, seed: int = 0) -> Split:
    """A seeded random split."""
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    a, b = order[:train], order[train : train + validation]
    return Split(x[a], y[a], x[b], y[b])


def shifted(x: Tensor, most: int, noise: float, seed: int) -> Tensor:
    """Each image (n, c, h, w) moved by up to `most` pixels, with pixel noise."""
    g = torch.Generator().manual_seed(seed)
    side = x.shape[-1]
    padded = F.pad(x, (most, most, most, most))
    offsets = torch.randint(0, 2 * most + 1, (len(x), 2), generator=g).tolist()
    moved = torch.stack([p[:, i : i + side, j : j + side] for p, (i, j) in zip(padded, offsets, strict=True)])
    return moved + noise * torch.randn(moved.shape, generator=g)


@cache
def digits(side: int = 8, train: int = 1100, copies: int = 1, noise: float = 0.1, shift: int = 1) -> Split:
    """scikit-learn's handwritten digits, resized, moved and made noisy; images in about [0, 1]."""
    raw = datasets.load_digits()
    images = torch.tensor(raw.images, dtype=torch.float32)[:, None] / 16
    if side != 8:
        images = F.interpolate(images, size=side, mode="bilinear", align_corners=False)
    s = split(images, torch.tensor(raw.target), 1200, 597)
    x = torch.cat([shifted(s.x[:train], shift, noise, 10 + k) for k in range(copies)])
    val = torch.cat([shifted(s.val_x, shift, noise, 90 + k) for k in range(2)])
    return Split(x, s.y[:train].repeat(copies), val, s.val_y.repeat(2))


@cache
def photo_patches(side: int = 12, colour: bool = True, train: int = 2200) -> Split:
    """Patches of scikit-learn's two photographs; the class is the photo and the quarter (8 classes)."""
    xs, ys = [], []
    for which, image in enumerate(datasets.load_sample_images().images):
        pixels = torch.tensor(np.asarray(image), dtype=torch.float32).permute(2, 0, 1) / 255
        pixels = F.avg_pool2d(pixels, 12 // side) if side < 12 else pixels
        grid = pixels.unfold(1, side, side).unfold(2, side, side).permute(1, 2, 0, 3, 4)
        rows, columns = torch.arange(grid.shape[0]), torch.arange(grid.shape[1])
        quarter = 2 * (rows >= len(rows) // 2).long()[:, None] + (columns >= len(columns) // 2).long()[None]
        xs.append(grid.reshape(-1, len(pixels), side, side))
        ys.append((4 * which + quarter).flatten())
    x = torch.cat(xs)
    return split(x if colour else x.mean(1, keepdim=True), torch.cat(ys), train, 1200)


@cache
def textures(side: int = 10, classes: int = 10, train: int = 3000, noise: float = 0.6) -> Split:
    """Colour gratings: the class sets orientation, frequency and tint; phase and contrast are random."""
    g = torch.Generator().manual_seed(5)
    n = train + 1000
    y = torch.randint(classes, (n,), generator=g)
    angle = (y % 5).float() * np.pi / 5 + 0.12 * torch.randn(n, generator=g)
    frequency = 0.9 + 0.5 * (y // 5).float() + 0.1 * torch.randn(n, generator=g)
    tint = torch.randn(classes, 3, generator=g)[y] * 0.3 + 1
    grid = torch.stack(torch.meshgrid(torch.arange(side), torch.arange(side), indexing="ij")).float()
    along = torch.cos(angle)[:, None, None] * grid[0] + torch.sin(angle)[:, None, None] * grid[1]
    wave = torch.sin(frequency[:, None, None] * along + 6.28 * torch.rand(n, 1, 1, generator=g))
    contrast = 0.4 + 0.8 * torch.rand(n, 1, 1, 1, generator=g)
    x = contrast * tint[:, :, None, None] * wave[:, None] + noise * torch.randn(n, 3, side, side, generator=g)
    return Split(x[:train], y[:train], x[train:], y[train:])


@cache
def blobs(n: int, dim: int, classes: int, spread: float, noise_labels: float = 0.0, seed: int = 1) -> Split:
    """Several Gaussian clusters a class, in a few informative directions among useless ones."""
    x, y = datasets.make_classification(
        n + 1500,
        dim,
        n_informative=max(4, dim // 3),
        n_redundant=dim // 4,
        n_classes=classes,
        n_clusters_per_class=2,
        class_sep=spread,
        flip_y=noise_labels,
        random_state=seed,
    )
    return split(torch.tensor(x, dtype=torch.float32), torch.tensor(y), n, 1500)


@cache
def spirals(n: int = 1500, arms: int = 3, noise: float = 0.06) -> Split:
    """Interleaved spirals in the plane."""
    g = torch.Generator().manual_seed(3)
    y = torch.randint(arms, (n + 1500,), generator=g)
    r = 0.05 + 0.95 * torch.rand(n + 1500, generator=g)
    angle = 7.0 * r + 2 * np.pi * y / arms
    x = torch.stack([r * torch.cos(angle), r * torch.sin(angle)], 1) + noise * torch.randn(n + 1500, 2, generator=g)
    return split(x, y, n, 1500)


@cache
def table(name: str, standardised: bool = True) -> Split:
    """A bundled table: breast_cancer, wine (classes), diabetes (a number, standardised)."""
    raw = getattr(datasets, f"load_{name}")()
    x = torch.tensor(raw.data, dtype=torch.float32)
    if standardised:
        x = (x - x.mean(0)) / x.std(0)
    y = torch.tensor(raw.target)
    if name == "diabetes":
        y = ((y - y.mean()) / y.std()).float()
    return split(x, y, len(x) * 2 // 3, len(x) - len(x) * 2 // 3)


@cache
def friedman(n: int = 1500, noise: float = 0.5) -> Split:
    """Friedman's first function of ten variables; the target is standardised."""
    x, y = datasets.make_friedman1(n + 1000, noise=noise, random_state=0)
    target = torch.tensor((y - y.mean()) / y.std(), dtype=torch.float32)
    return split(torch.tensor(2 * x - 1, dtype=torch.float32), target, n, 1000)


VOCABULARY = 64


def encode(text: str) -> Tensor:
    """Characters as numbers by frequency; the rare ones share the last number."""
    common = [c for c, _ in Counter(text).most_common(VOCABULARY - 1)]
    number = {c: k for k, c in enumerate(common)}
    return torch.tensor([number.get(c, VOCABULARY - 1) for c in text])


@cache
def text(kind: str) -> tuple[Tensor, Tensor]:
    """Characters to train on and to validate on: Python's own library, or licences."""
    if kind == "code":
        folder = Path(sysconfig.get_paths()["stdlib"])
        names = ["argparse", "ast", "dataclasses", "difflib", "enum", "fractions", "heapq", "inspect", "textwrap"]
        parts = [(folder / f"{n}.py").read_text(encoding="utf-8") for n in names]
    else:
        folder = Path("/usr/share/common-licenses")
        parts = [(folder / n).read_text(encoding="utf-8") for n in ["GPL-2", "Apache-2.0", "Artistic", "MPL-2.0"]]
    ids = encode("\n".join(parts))
    block = 512  # every eighth block is held out
    ids = ids[: len(ids) // block * block].view(-1, block)
    held = torch.arange(len(ids)) % 8 == 7
    return ids[~held].flatten(), ids[held].flatten()


@cache
def words(limit: int = 400) -> tuple[Tensor, Tensor]:
    """The licences as numbered words, frequent words only; every eighth stretch of 64 words is for validation."""
    folder = Path("/usr/share/common-licenses")
    names = ["GPL-3", "LGPL-2.1", "GFDL-1.3", "GPL-2", "MPL-2.0", "Apache-2.0"]
    tokens = [w for n in names for w in (folder / n).read_text(encoding="utf-8").lower().split()]
    number = {w: k for k, (w, _) in enumerate(Counter(tokens).most_common(limit))}
    ids = torch.tensor([number[w] for w in tokens if w in number])
    ids = ids[: len(ids) // 64 * 64].view(-1, 64)
    held = torch.arange(len(ids)) % 8 == 7
    return ids[~held].flatten(), ids[held].flatten()
