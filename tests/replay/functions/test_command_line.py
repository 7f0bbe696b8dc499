"""What is made of a command: words, never a shell's line."""

from pathlib import Path

import pytest

from lrdoctor.errors import UsageError
from lrdoctor.replay.functions.command_line import check_found, command_line


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("t --lr {lr} --n {steps}", ["t", "--lr", "0.001", "--n", "50"]),
        ("t lr={lr},n={steps} 'a b' {seed}", ["t", "lr=0.001,n=50", "a b", "7"]),
        ("t {lr} {steps} -o{dir}/x", ["t", "0.001", "50", "-o/a b;rm/x"]),
        ("""t {lr} {steps} '{"a": {"b": 1}}' {{lr}}""", ["t", "0.001", "50", '{"a": {"b": 1}}', "{lr}"]),
        ("t {lr} {steps} && rm -rf $HOME `x` | y > z; *", None),
    ],
)
def test_words_are_filled_in_each_as_one(text: str, words: list[str] | None) -> None:
    found = command_line(text).filled(0.001, 50, 7, Path("/a b;rm"))
    expected = ["t", "0.001", "50", "&&", "rm", "-rf", "$HOME", "`x`", "|", "y", ">", "z;", "*"]
    assert found == (words or expected), "what a shell would act on is a word like any other"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("t --n {steps}", "lacks {lr}"),
        ("t --lr {lr}", "lacks {steps}"),
        ("t {lr} {steps} {epochs}", "unknown placeholder {epochs}: known are {lr}, {steps}, {seed}, {dir}"),
        ("t {lr} {steps} ${HOME}", "unknown placeholder {HOME}"),
        ("t 'a", "cannot be split"),
        ("", "is empty"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, says: str) -> None:
    with pytest.raises(UsageError) as raised:
        command_line(text)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(UsageError, match="no such program: nopenope"):
        check_found(command_line("nopenope {lr} {steps}"))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("python code/train.py --key SECRET {lr} {steps}", "train.py"),
        ("./train {lr} {steps}", "train"),
        ("julia --project gan.jl {lr} {steps}", "gan.jl"),
        ("python -m pkg.train {lr} {steps}", "pkg.train"),
    ],
)
def test_it_is_called_by_its_script(text: str, name: str) -> None:
    assert command_line(text).name == name
