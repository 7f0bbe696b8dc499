"""Fine-tuning: a small net that has learned one task goes on to another: whole, by its head, by low-rank adapters."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import torch
from torch import Tensor, nn

from benchmarks.corpus.data import Split, digits, textures
from benchmarks.corpus.tasks.task import Task, cross_entropy, supervised

WIDTH = 96
RANK = 4


class Net(nn.Module):
    """Two hidden layers, the body, and a linear head."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(inputs, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.head = nn.Linear(WIDTH, classes)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.second(torch.relu(self.first(x.flatten(1)))))
        return torch.as_tensor(self.head(h))


class Head(nn.Module):
    """A new head on a frozen body."""

    first_weight: Tensor
    first_bias: Tensor
    second_weight: Tensor
    second_bias: Tensor

    def __init__(self, body: Net, classes: int) -> None:
        super().__init__()
        for name, value in body.state_dict().items():
            if not name.startswith("head"):
                self.register_buffer(name.replace(".", "_"), value.clone())
        self.head = nn.Linear(WIDTH, classes)

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(x.flatten(1) @ self.first_weight.T + self.first_bias)
        return torch.as_tensor(self.head(torch.relu(h @ self.second_weight.T + self.second_bias)))


class Adapted(nn.Module):
    """A new head, and low-rank additions to the body's frozen weights (Hu et al. 2021, arXiv:2106.09685)."""

    def __init__(self, body: Net, classes: int) -> None:
        super().__init__()
        self.base = Head(body, classes)
        inputs = body.first.in_features
        self.down_1 = nn.Parameter(torch.randn(RANK, inputs) * inputs**-0.5)
        self.down_2 = nn.Parameter(torch.randn(RANK, WIDTH) * WIDTH**-0.5)
        self.up_1, self.up_2 = nn.Parameter(torch.zeros(WIDTH, RANK)), nn.Parameter(torch.zeros(WIDTH, RANK))

    def forward(self, x: Tensor) -> Tensor:
        x, b = x.flatten(1), self.base
        h = torch.relu(x @ b.first_weight.T + b.first_bias + 2 * (x @ self.down_1.T) @ self.up_1.T)
        h = torch.relu(h @ b.second_weight.T + b.second_bias + 2 * (h @ self.down_2.T) @ self.up_2.T)
        return torch.as_tensor(b.head(h))


def of_classes(data: Split, first: int, last: int) -> Split:
    """The samples of some classes alone, renumbered from 0."""

    def part(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        keep = (y >= first) & (y < last)
        return x[keep], y[keep] - first

    x, y = part(data.x, data.y)
    val_x, val_y = part(data.val_x, data.val_y)
    return replace(data, x=x, y=y, val_x=val_x, val_y=val_y)


@lru_cache(maxsize=4)
def pretrained(source: str) -> Net:
    """A net that has learned half of the classes of `digits`, or of `textures`; the same one every time."""
    data = of_classes(digits(copies=2) if source == "digits" else textures(), 0, 5)
    rng = torch.random.get_rng_state()
    torch.manual_seed(7)
    net = Net(data.x[0].numel(), 5)
    optimizer = torch.optim.Adam(net.parameters(), 1e-3)
    with torch.enable_grad():
        for _ in range(1500):
            at = torch.randint(len(data.x), (64,))
            loss = cross_entropy(net(data.x[at]), (data.x[at], data.y[at]))
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
    torch.random.set_rng_state(rng)
    return net


def whole(body: Net, classes: int) -> nn.Module:
    """All weights go on, the head is new."""
    net = Net(body.first.in_features, classes)
    net.first.load_state_dict(body.first.state_dict())
    net.second.load_state_dict(body.second.state_dict())
    return net


def fine_tuned(source: str, how: Callable[[Net, int], nn.Module], *, noise: float = 0.0) -> Task:
    """The other half of the classes, learned by a net that knows the first half."""
    data = of_classes(digits(copies=2) if source == "digits" else textures(), 5, 10)
    body = pretrained(source)
    return supervised(data, lambda: how(body, 5), noise=noise)


TASKS: dict[str, Callable[[], Task]] = {
    "finetune-full/digits": lambda: fine_tuned("digits", whole),
    "finetune-full/textures": lambda: fine_tuned("textures", whole),
    "finetune-head/digits": lambda: fine_tuned("digits", Head),
    "finetune-head/textures": lambda: fine_tuned("textures", Head),
    "finetune-lora/digits": lambda: fine_tuned("digits", Adapted),
    "finetune-lora/textures": lambda: fine_tuned("textures", Adapted),
}
