"""Whatever a recipe raises becomes one line, and memory is told from the rest."""

import errno
import json
from collections.abc import Callable

import pytest
import torch

from lrdoctor.display import clean
from lrdoctor.errors import LrdoctorError, UsageError
from lrdoctor.replay.probes.hessian import NotMeasured
from lrdoctor.replay.safeguards.failures import OutOfMemoryError, brief, in_memory, in_recipe, out_of_memory


def raised(error: BaseException) -> BaseException:
    with pytest.raises(BaseException) as caught, in_recipe("its loss"):  # noqa: PT011
        raise error
    return caught.value


def test_the_part_the_error_and_the_line_are_named() -> None:
    text = str(raised(ValueError("no\n  such data")))
    assert text.startswith("the recipe fails in its loss: ValueError: no such data (test_failures.py, line ")


def test_the_line_is_the_users_not_a_librarys() -> None:
    with pytest.raises(UsageError, match=r"JSONDecodeError: .* \(test_failures.py, line \d+\)"), in_recipe("its loss"):
        json.loads("{")
    with pytest.raises(UsageError, match=r"RuntimeError: .* \(test_failures.py, line \d+\)"), in_recipe("its loss"):
        torch.nn.Linear(2, 3)(torch.ones(5))


def test_our_own_errors_and_interrupts_pass() -> None:
    for error in (UsageError("as it was"), OutOfMemoryError("as it was"), KeyboardInterrupt()):
        assert raised(error) is error


def test_a_script_that_leaves_the_program_does_not_take_us_along() -> None:
    assert "leaves the program in its loss (test_failures.py, line" in str(raised(SystemExit(0)))


@pytest.mark.parametrize("error", [StopIteration(), RecursionError("too deep"), NotMeasured("flat"), AssertionError()])
def test_anything_else_is_a_usage_error(error: BaseException) -> None:
    found = raised(error)
    assert isinstance(found, UsageError)
    assert found.__cause__ is error
    assert type(error).__name__ in str(found)


MEMORY: dict[str, Callable[[], BaseException]] = {
    "python": MemoryError,
    "cuda": lambda: torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."),
    "cpu": lambda: RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9"),
    "mps": lambda: RuntimeError("MPS backend out of memory"),
    "fork": lambda: OSError(errno.ENOMEM, "Cannot allocate memory"),
}


@pytest.mark.parametrize("name", MEMORY)
def test_memory_is_an_error_of_its_own(name: str) -> None:
    error = MEMORY[name]()
    assert out_of_memory(error)
    found = raised(error)
    assert isinstance(found, OutOfMemoryError)
    assert isinstance(found, LrdoctorError)
    assert "smaller batch" in str(found)
    assert "\n" not in str(found)
    with pytest.raises(OutOfMemoryError), in_memory():
        raise error


@pytest.mark.parametrize(
    "error", [RuntimeError("shapes"), OSError(errno.ENOENT, "no file"), ValueError("out of memory, I guess")]
)
def test_other_errors_are_not_about_memory(error: Exception) -> None:
    assert not out_of_memory(error)
    with pytest.raises(type(error)) as caught, in_memory():
        raise error
    assert caught.value is error


def test_a_torch_allocation_that_fails_is_recognised() -> None:
    with pytest.raises(OutOfMemoryError), in_recipe("its loss"):
        torch.empty(2**60, dtype=torch.uint8)


def test_messages_are_one_short_line() -> None:
    assert brief(ValueError()) == "no message"
    assert brief(ValueError("a\n b\t c")) == "a b c"
    long = brief(ValueError("x" * 1000))
    assert len(long) == 300
    assert long.endswith("…")
    assert clean(long) == long


@pytest.mark.parametrize(
    "text",
    [
        "Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!",
        "Input type (torch.cuda.FloatTensor) and weight type (torch.FloatTensor) should be the same",
    ],
)
def test_what_stays_on_another_device_gets_a_hint(text: str) -> None:
    with pytest.raises(UsageError, match="move it to the model's"), in_recipe("its loss"):
        raise RuntimeError(text)
