"""Second derivatives of nets whose fast kernels have none."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import SGD

from lrdoctor.replay.probes.curvature import sharpness
from lrdoctor.replay.probes.hessian import NotMeasured

Pair = tuple[Tensor, Tensor]


def batches(count: int) -> list[Pair]:
    made = torch.Generator().manual_seed(0)
    return [(torch.randn(8, 4, generator=made), torch.randint(0, 3, (8,), generator=made)) for _ in range(count)]


def entropy(model: nn.Module, batch: Pair) -> Tensor:
    return functional.cross_entropy(model(batch[0]), batch[1])


class Recurrent(nn.Module):
    def __init__(self, cell: type[nn.LSTM] | type[nn.GRU]) -> None:
        super().__init__()
        self.cell = cell(4, 5, batch_first=True)
        self.head = nn.Linear(5, 3)

    def forward(self, x: Tensor) -> Tensor:
        hidden: Tensor = self.cell(x[:, None].expand(-1, 3, -1))[0]
        out: Tensor = self.head(hidden[:, -1])
        return out


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(4, 2, 8, dropout=0.1, batch_first=True)
        self.head = nn.Linear(4, 3)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.head(self.layer(x[:, None].expand(-1, 3, -1)).mean(1))
        return out


def normalised() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.ReLU(), nn.Linear(6, 3))


@pytest.mark.parametrize(
    "make",
    [lambda: Recurrent(nn.LSTM), lambda: Recurrent(nn.GRU), Attention, normalised],
    ids=["lstm", "gru", "attention", "batch norm"],
)
def test_nets_whose_fast_kernels_have_no_second_derivative(make: Callable[[], nn.Module]) -> None:
    model = make()
    found = sharpness(model, entropy, batches(2), SGD(model.parameters(), 0.1), products=40)
    assert found.eigenvalue > 0
    assert found.residual <= 0.05


def test_a_kernel_without_second_derivative_has_its_reason() -> None:
    model = nn.Sequential(nn.Linear(4, 3))

    def ctc(net: nn.Module, batch: Pair) -> Tensor:
        logs = net(batch[0])[:, None].log_softmax(-1)
        return functional.ctc_loss(logs, torch.ones(1, 2, dtype=torch.long), torch.tensor([8]), torch.tensor([2]))

    with pytest.raises(NotMeasured, match="ctc_loss"):
        sharpness(model, ctc, batches(1), SGD(model.parameters(), 0.1))
