"""`wandb:ENTITY/PROJECT/RUN`, and the addresses of W&B's pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.cli.main import main
from lrdoctor.errors import UnreadableError
from lrdoctor.reading.fetch import identity
from lrdoctor.reading.fetch.kinds import Address, parsed
from lrdoctor.reading.fetch.urls import is_url, redact_url
from lrdoctor.reading.fetch.wandb_names import Wanted, of_page, wanted
from tests.reading.fetch.trees import Output


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("wandb:ada/digits/1a2b3c4d", Wanted("ada", "digits", "1a2b3c4d")),
        ("wandb://ada/digits/1a2b3c4d/", Wanted("ada", "digits", "1a2b3c4d")),
        ("WANDB:ada/digits", Wanted("ada", "digits")),
        ("wandb:ada/digits/runs/1a2b3c4d", Wanted("ada", "digits", "1a2b3c4d")),
        ("wandb:ada/my project/ein Lauf ü", Wanted("ada", "my project", "ein Lauf ü")),
    ],
)
def test_names(name: str, expected: Wanted) -> None:
    assert is_url(name)
    assert wanted(name) == expected
    assert parsed(name) == Address("wandb", str(expected))
    assert wanted(str(expected)) == expected


WRONG = [
    *("wandb:", "wandb://", "wandb:ada", "wandb:ada/", "wandb:/ada/digits", "wandb:ada//digits", "wandb:a/b/c/d"),
    *("wandb:ada/../x", "wandb:ada/./x", "wandb:ada/di*ts", "wandb:ada/digits/[ab]", "wandb:ada/digits?x=1"),
    *("wandb:ada/a\\b", "wandb:ada/ ", "wandb:ada/a\nb", "wandb:ada/\x1b[2J", f"wandb:ada/{'x' * 129}", "wandb:a/b:c"),
]


@pytest.mark.parametrize("name", WRONG)
def test_what_can_be_none_is_one_line(name: str, capsys: Output) -> None:
    assert main(["diagnose", name]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "named wandb:ENTITY/PROJECT/RUN" in said.err or "control characters" in said.err


@given(st.text(max_size=40))
def test_any_text_is_a_name_or_refused(text: str) -> None:
    try:
        found = wanted(f"wandb:{text}")
    except UnreadableError:
        return
    assert wanted(str(found)) == found
    assert not {"", ".", ".."} & set(found)


PAGES = [
    ("https://wandb.ai/ada/digits/runs/1a2b3c4d", "wandb:ada/digits/1a2b3c4d"),
    ("https://wandb.ai/ada/digits/runs/1a2b3c4d/logs?nw=ada#top", "wandb:ada/digits/1a2b3c4d"),
    ("HTTPS://www.WandB.ai/ada/my%20project/workspace", "wandb:ada/my project"),
    ("https://wandb.ai/ada/digits", "wandb:ada/digits"),
    ("https://wandb.ai/ada/digits/runs", "wandb:ada/digits"),
]


@pytest.mark.parametrize(("url", "name"), PAGES)
def test_pages(url: str, name: str) -> None:
    assert of_page(url) == name
    assert parsed(url) == Address("wandb", name)


OTHERS = [
    *("https://wandb.ai", "https://wandb.ai/ada", "https://wandb.ai/ada/digits/sweeps/x", "http://wandb.ai/ada/digits"),
    *("https://wandb.ai.evil.test/ada/digits", "https://evil.test/wandb.ai/ada", "https://wandb.ai/ada/..%2fx"),
    *("https://api.wandb.ai/files/ada/digits/1a2b/output.log", "https://wandb.ai:x/a/b", "s3://wandb.ai/ada/digits"),
]


@pytest.mark.parametrize("url", OTHERS)
def test_other_addresses(url: str) -> None:
    assert of_page(url) is None


def test_two_spellings_are_one_run() -> None:
    assert identity.of_url("wandb://ada/digits/") == identity.of_url("wandb:ada/digits")
    assert identity.of_url("wandb:ada/digits") != identity.of_url("wandb:ada/digits/x")
    assert redact_url("wandb:ada/digits/1a2b3c4d") == "wandb:ada/digits/1a2b3c4d"
