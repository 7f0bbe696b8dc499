"""Where to train, and how much memory that may take."""

import copy
import resource
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lrdoctor.errors import UsageError

SHARE = 0.9  # of the free memory that a replay may use unless told otherwise
MOST = 2**62  # bytes; the system's call takes no more


def choose(name: str | None) -> torch.device:
    """The device called `name`; without one CUDA, else MPS, else the CPU.  CUDA's has its index: calls ask for it.

    Raises:
        UsageError: there is no such device.
    """
    if name is None:
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    there = ["cpu"]
    there += [f"cuda:{k}" for k in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    there += ["mps"] if torch.backends.mps.is_available() else []
    if name not in {*there, "cuda" if len(there) > 1 and there[1].startswith("cuda") else "cpu"}:
        raise UsageError(f"no device {name!r} here: choose one of {', '.join(there)}")
    return torch.device("cuda", torch.cuda.current_device()) if name == "cuda" else torch.device(name)


def in_words(device: torch.device) -> str:
    """The device for a report."""
    if device.type == "cuda":
        return f"{device} ({torch.cuda.get_device_name(device)})"
    return f"cpu ({torch.get_num_threads()} threads)" if device.type == "cpu" else str(device)


@contextmanager
def limited(device: torch.device, most: int | None) -> Iterator[None]:
    """No more than `most` new bytes are to be had inside; without a number, what is free now, short of a tenth.

    On the CPU the system would otherwise end the process, on a GPU an allocation fails by itself.  Memory that the
    process has freed but still holds is no new memory: it may be had again beyond `most`.
    """
    if device.type == "cuda":
        with _limited_cuda(device, most):
            yield
        return
    allowed = most if most is not None else int(SHARE * (_free() or 0)) or None
    _start_threads()
    now = _data()
    if allowed is None or now is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = min(now + allowed, MOST)
    if soft != resource.RLIM_INFINITY:
        wanted = min(wanted, soft)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


@contextmanager
def _limited_cuda(device: torch.device, most: int | None) -> Iterator[None]:
    if most is None:
        yield
        return
    total = torch.cuda.get_device_properties(device).total_memory
    # Older versions do not tell what the limit was.
    before = getattr(torch.cuda, "get_per_process_memory_fraction", lambda _: 1.0)(device)
    wanted = (torch.cuda.memory_reserved(device) + most) / total
    torch.cuda.set_per_process_memory_fraction(min(wanted, before), device)
    try:
        yield
    finally:
        torch.cuda.set_per_process_memory_fraction(before, device)


def start_counting(device: torch.device) -> int:
    """The bytes that are not the replay's: what `peak` stands at before it."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    return peak(device)


def peak(device: torch.device) -> int:
    """The most bytes in use so far, of the process: on a GPU since `start_counting`, else since it began."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _field(path: str, name: str) -> int | None:
    """A line such as `VmData:  123 kB` of one of Linux's status files, in bytes; None elsewhere."""
    try:
        lines = Path(path).read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    for line in lines:
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return None


def _start_threads() -> None:
    """The threads of torch and its matrix library: one that finds no room for its stack ends the whole process."""
    torch.ones(1 << 18).exp_()
    torch.ones(256, 256) @ torch.ones(256, 256)


def _free() -> int | None:
    return _field("/proc/meminfo", "MemAvailable")


def _data() -> int | None:
    return _field("/proc/self/status", "VmData")


def moved(batch: Any, device: torch.device) -> Any:
    """The batch with its tensors on `device`; containers are rebuilt, anything else is passed on."""
    if isinstance(batch, Tensor):
        return batch.to(device, non_blocking=True)
    if isinstance(batch, Mapping):
        if hasattr(batch, "to"):  # Hugging Face's BatchEncoding, which is changed in place
            return copy.copy(batch).to(device)
        return type(batch)({key: moved(value, device) for key, value in batch.items()})  # type: ignore[call-arg]
    if isinstance(batch, tuple) and hasattr(batch, "_fields"):
        return type(batch)(*(moved(item, device) for item in batch))
    if isinstance(batch, list | tuple):
        return type(batch)(moved(item, device) for item in batch)
    return batch.to(device) if hasattr(batch, "to") and callable(batch.to) else batch
