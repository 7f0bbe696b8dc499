"""Devices by name, and a memory limit that holds inside and nowhere else."""

import resource
import subprocess
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
import torch

from lrdoctor.errors import UsageError
from lrdoctor.replay.safeguards import device
from lrdoctor.replay.safeguards.device import choose, in_words, limited
from tests.replay.small import CPU

LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the limit is read from /proc")


def limit() -> tuple[int, int]:
    return resource.getrlimit(resource.RLIMIT_DATA)


def runs_alone(code: str) -> None:
    """In a process of its own, without a word."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert (done.returncode, done.stderr) == (0, "")


def test_names_of_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose("cpu") == CPU
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose(None) == CPU
    for name in ("cuda", "cuda:0", "mps", "gpu", "", "cpu:7"):
        with pytest.raises(UsageError, match=r"choose one of cpu$"):
            choose(name)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 1)
    assert choose(None) == choose("cuda") == torch.device("cuda", 1)
    assert choose("cuda:0") == torch.device("cuda:0")
    assert choose("cuda:1") == torch.device("cuda:1")
    assert choose("cpu") == CPU
    with pytest.raises(UsageError, match=r"no device 'cuda:2' here: choose one of cpu, cuda:0, cuda:1$"):
        choose("cuda:2")


def test_in_words() -> None:
    assert in_words(CPU).startswith("cpu (")
    assert in_words(torch.device("meta")) == "meta"


@LINUX
def test_no_more_than_allowed_is_to_be_had_inside() -> None:
    """In a process of its own: what this one has freed and still holds may be had again, whatever the limit."""
    code = (
        "import resource, torch; from lrdoctor.replay.safeguards.device import limited\n"
        "limit = lambda: resource.getrlimit(resource.RLIMIT_DATA)\n"
        "before = limit()\n"
        "with limited(torch.device('cpu'), 100_000_000):\n"
        "    assert limit() != before\n"
        "    torch.ones(5_000_000)  # 20 MB\n"
        "    try: torch.ones(50_000_000)\n"
        '    except RuntimeError as error: assert "can\'t allocate memory" in str(error), error\n'
        "    else: raise AssertionError('200 MB were to be had')\n"
        "assert limit() == before\n"
        "torch.ones(50_000_000)"
    )
    runs_alone(code)


@LINUX
def test_it_ends_whatever_happens() -> None:
    before = limit()

    def fails(error: BaseException) -> None:
        with limited(CPU, 100_000_000):
            raise error

    for error in (ValueError(), KeyboardInterrupt(), MemoryError()):
        with pytest.raises(type(error)):
            fails(error)
        assert limit() == before


@LINUX
@pytest.mark.parametrize("most", [10**30, 2**63])
def test_more_than_there_can_be_is_no_limit(most: int) -> None:
    with limited(CPU, most):
        torch.ones(1000)


@LINUX
def test_a_tighter_limit_of_the_process_stays() -> None:
    code = (
        "import resource, torch; from lrdoctor.replay.safeguards.device import limited, _data;"
        "tight = _data() + 300_000_000; resource.setrlimit(resource.RLIMIT_DATA, (tight, resource.RLIM_INFINITY));\n"
        "with limited(torch.device('cpu'), 10**12): assert resource.getrlimit(resource.RLIMIT_DATA)[0] == tight\n"
        "assert resource.getrlimit(resource.RLIMIT_DATA) == (tight, resource.RLIM_INFINITY)"
    )
    runs_alone(code)


@LINUX
def test_threads_are_started_before_the_limit() -> None:
    """A thread that finds no room for its stack would end the whole process, without a word of ours."""
    code = (
        "import torch; from lrdoctor.replay.safeguards.device import limited; torch.set_num_threads(8)\n"
        "with limited(torch.device('cpu'), 10_000_000): torch.ones(1 << 18).exp_()"
    )
    runs_alone(code)


def test_where_the_system_says_nothing_there_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    before = limit()
    monkeypatch.setattr(device, "_field", lambda _path, _name: None)
    for most in (None, 1000):
        with limited(CPU, most):
            assert limit() == before


def test_memory_is_counted_from_its_start() -> None:
    start = device.start_counting(CPU)
    block = torch.ones(60_000_000)
    assert device.peak(CPU) >= start
    assert device.peak(CPU) >= block.numel() * 4


@dataclass
class Gpu:
    """torch's own memory calls for a GPU of 1,000 bytes, which take a device with an index alone, as the real ones."""

    reserved: int = 200
    allocated: int = 100
    share: float = 1.0
    shares: list[float] = field(default_factory=list)

    def put(self, monkeypatch: pytest.MonkeyPatch, *, old: bool = False) -> torch.device:
        cuda = torch.cuda
        monkeypatch.setattr(cuda, "get_device_properties", lambda _: SimpleNamespace(total_memory=1000))
        monkeypatch.setattr(cuda, "memory_reserved", lambda _: self.reserved)
        monkeypatch.setattr(cuda, "reset_peak_memory_stats", lambda _: None)
        monkeypatch.setattr(cuda, "max_memory_allocated", lambda _: self.allocated)
        monkeypatch.setattr(cuda, "set_per_process_memory_fraction", self.set)
        monkeypatch.setattr(cuda, "get_per_process_memory_fraction", lambda _: self.share)
        if old:  # torch 2.4 has no such function
            monkeypatch.delattr(cuda, "get_per_process_memory_fraction")
        monkeypatch.setattr(cuda, "is_available", lambda: True)
        monkeypatch.setattr(cuda, "device_count", lambda: 1)
        monkeypatch.setattr(cuda, "current_device", lambda: 0)
        return choose("cuda")

    def set(self, share: float, where: torch.device) -> None:
        assert where.index is not None
        assert 0 <= share <= 1
        self.shares.append(share)


@pytest.mark.parametrize(("most", "share"), [(300, 0.5), (10**30, 1.0)])
@pytest.mark.parametrize("old", [False, True])
def test_a_gpus_limit_is_beyond_what_the_process_holds(
    most: int, share: float, old: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu = Gpu()
    where = gpu.put(monkeypatch, old=old)
    with limited(where, most):
        assert gpu.shares == [share]
    assert gpu.shares == [share, 1.0]


def test_a_gpus_tighter_limit_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Gpu(share=0.4)
    where = gpu.put(monkeypatch)
    with pytest.raises(ValueError, match="whatever"), limited(where, 700):
        raise ValueError("whatever")
    assert gpu.shares == [0.4, 0.4]
    with limited(where, None):
        assert len(gpu.shares) == 2


def test_a_gpus_memory_is_counted_beyond_what_was_there(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = Gpu()
    where = gpu.put(monkeypatch)
    start = device.start_counting(where)
    gpu.allocated = 350
    assert device.peak(where) - start == 250
