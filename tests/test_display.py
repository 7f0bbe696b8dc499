"""Sizes in words, never further off than the digits shown; and text that no runner of a CI obeys."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.display import UNITS, inert, size


@pytest.mark.parametrize(
    ("bytes_", "words"),
    [
        *((0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1499, "1 kB"), (999_499, "999 kB"), (999_500, "1.0 MB")),
        *((999_600, "1.0 MB"), (999_999, "1.0 MB"), (1_000_000, "1.0 MB"), (999_949_999, "999.9 MB")),
        *((999_950_001, "1.0 GB"), (10**9, "1.0 GB"), (4 * 10**12, "4000.0 GB")),
    ],
)
def test_at_every_boundary(bytes_: int, words: str) -> None:
    assert size(bytes_) == words


@given(
    st.one_of(
        st.integers(0, 10**13), st.builds(lambda p, d: max(0, 10**p + d), st.integers(0, 12), st.integers(-500, 500))
    )
)
def test_as_near_as_its_digits(bytes_: int) -> None:
    number, unit = size(bytes_).split()
    step = 1 if unit in {"B", "kB"} else 0.1
    assert abs(float(number) * 1000 ** UNITS.index(unit) - bytes_) <= 0.5001 * step * 1000 ** UNITS.index(unit)
    assert float(number) < 1000 or unit == "GB"
    assert float(number) >= 1 or unit == "B"


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_a_larger_file_never_reads_as_a_smaller_one(one: int, other: int) -> None:
    values = [
        float(number) * 1000 ** UNITS.index(unit) for number, unit in (size(n).split() for n in sorted((one, other)))
    ]
    assert values == sorted(values)


COMMANDS = re.compile(r"(?m)^\s*::|##\w*\[")


@given(st.lists(st.sampled_from(["::", "##", "[", "error", "vso", " ", "\n", ":", "#", "x"]), max_size=12).map("".join))
def test_no_runner_obeys_what_is_printed(text: str) -> None:
    shown = inert(text)
    assert not COMMANDS.search(shown)
    assert shown.replace(" ", "") == text.replace(" ", ""), "nothing but blanks is added"
    assert COMMANDS.search(text) or shown == text
