"""Numbers and settings as scripts print them."""

import math
import re
import time

import pytest

from lrdoctor.reading.formats.language_models.printed_settings import (
    MAX_SETTINGS,
    NUMBER,
    number,
    public_settings,
    setting,
)
from lrdoctor.records.run import HParam

NUMBERS = [
    ("1", 1.0),
    ("-0.5", -0.5),
    ("8.143266E+00", 8.143266),
    ("2e-05", 2e-5),
    ("4,194,304", 4194304.0),
    ("nan", math.nan),
    ("-NaN", math.nan),
    ("INF", math.inf),
    ("-Infinity", -math.inf),
    ("1e9999", math.inf),
    ("word", None),
    ("nano", None),
    ("", None),
    ("1_000", None),
    ("1.2.3", None),
    ("1" * 70, None),
]


@pytest.mark.parametrize(("text", "value"), NUMBERS)
def test_a_number_in_any_notation(text: str, value: float | None) -> None:
    found = re.fullmatch(NUMBER, text)
    assert (found is None) is (value is None)
    if value is not None:
        assert number(text) == pytest.approx(value, nan_ok=True)


@pytest.mark.parametrize("text", ["1" * 10**6, "1," * 10**6, "1.1" * 10**6, "-" * 10**6, "nan" * 10**6])
def test_no_text_makes_a_number_slow(text: str) -> None:
    begin = time.process_time()
    re.fullmatch(NUMBER, text)
    re.search(f"x{NUMBER}x", text)
    assert time.process_time() - begin < 1


SETTINGS: list[tuple[str, HParam]] = [
    ("0.0036", 0.0036),
    ("1e-3 # max LR", 1e-3),
    ("6_200", 6200),
    ("-1", -1),
    (".5", 0.5),
    ("True", True),
    ("None  # off", None),
    ("'cosine'", "cosine"),
    ('"a # b" # c', "a # b"),
    ("inf", math.inf),
]


@pytest.mark.parametrize(("text", "value"), SETTINGS)
def test_a_plain_setting(text: str, value: HParam) -> None:
    found = setting(text)
    assert found == value
    assert type(found) is type(value)


NO_SETTINGS = [
    *("8*64*1024", "[1, 2]", "(0.9, 0.95)", "__import__('os').system('x')", "f'{x}'", "'run' + str(time.time())", "1e"),
    *("", "# nothing", "args.lr", "'it''s'", "1" * 5000, "{'a': 1}", "not True"),
]


@pytest.mark.parametrize("text", NO_SETTINGS)
def test_nothing_is_evaluated(text: str) -> None:
    with pytest.raises(ValueError, match="no plain setting"):
        setting(text)


def test_a_bare_word_only_where_it_may_be_one() -> None:
    assert setting("adam", words=True) == "adam"
    assert setting("torch.float16", words=True) == "torch.float16"
    for text in ("adam", "['a']"):
        with pytest.raises(ValueError, match="no plain setting"):
            setting(text)
    with pytest.raises(ValueError, match="no plain setting"):
        setting("/home/ada/data", words=True)


def test_what_is_shown_names_no_person_and_no_place() -> None:
    kept: list[tuple[str, HParam]] = [("lr", 1.0), ("lr", 2.0), ("optimizer", "adam"), ("min_lr", None)]
    private: list[tuple[str, HParam]] = [
        ("wandb_project", "owt"),
        ("out_dir", "out"),
        ("data_path", "x"),
        ("master_addr", "10.0.0.1"),
        ("hostname", "node7"),
        ("user", "ada"),
        ("tokenizer", "/home/ada/bpe.json"),
        ("note", "mail ada@example.org"),
        ("save", "C:\\Users\\ada"),
    ]
    assert public_settings([*kept, *private]) == {"lr": 2.0, "optimizer": "adam", "min_lr": None}


def test_settings_are_bounded() -> None:
    assert len(public_settings((f"a{i}", i) for i in range(10 * MAX_SETTINGS))) == MAX_SETTINGS
