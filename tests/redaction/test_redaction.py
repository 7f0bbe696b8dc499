"""What a report may pass on: secrets never, whatever they are called; ordinary settings always."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.records.run import HParam
from lrdoctor.redaction import setting, settings, text
from lrdoctor.redaction.marker import HIDDEN
from tests.redaction.planted import BY_NAME, BY_VALUE, CORE, ORDINARY


def seen(said: object) -> bool:
    return CORE.lower() in str(said).lower()


def test_the_lists_are_long_enough_to_mean_something() -> None:
    assert len(BY_NAME) >= 46
    assert len(BY_VALUE) >= 46
    assert len(ORDINARY) >= 100
    assert all(map(seen, BY_VALUE))


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("prefix", ["", "trainer/", "cfg."])
def test_names_that_say_secret(name: str, prefix: str) -> None:
    assert setting(f"{prefix}{name}", f"plain {CORE}") == HIDDEN


@pytest.mark.parametrize("said", BY_VALUE)
@pytest.mark.parametrize("around", ["{}", "note: {} at step 5"])
def test_values_that_are_secret_whatever_the_name(said: str, around: str) -> None:
    planted = around.format(said)
    shown = setting("comment", planted)
    assert not seen(shown)
    assert text(str(shown)) == shown, "done twice it is the same"


@pytest.mark.parametrize(("name", "value"), ORDINARY.items(), ids=ORDINARY)
def test_ordinary_settings_stay(name: str, value: HParam) -> None:
    assert settings({name: value}) == {name: value}


@pytest.mark.parametrize(
    ("name", "value", "hidden"),
    [
        *[(name, 482913, True) for name in ("otp", "password", "pin", "secrets/0", "api_key", "db/password")],
        *[("pin", 9999.0, True), ("pass", 4711, True), ("pass", "4711", True), ("pass", 3, False), ("pwd", "1", True)],
        *[("tokens", 4711, False), ("token", 5, False), ("use_auth", True, False), ("secret", None, False)],
        *[("secret", "None", False), ("user", "ada", True), ("by_user", "split", False), ("user_id", "uid", False)],
        *[("keys/openai", "9f8Kq2LmZ81xTb3Y", True), ("foo_key", "9f8Kq2LmZ81xTb3Y", True), ("foo_key", "loss", False)],
        *[("token", "</s>", False), ("secret_sauce", "x", True), ("api_key_name", "prod", False)],
    ],
)
def test_numbers_flags_and_doubtful_names(name: str, value: HParam, hidden: bool) -> None:
    assert setting(name, value) == (HIDDEN if hidden else value)


def test_the_value_after_an_option_in_a_list_of_arguments() -> None:
    given_ = {"args/8": "--api-key", "args/9": CORE, "args/10": "--lr", "args/11": "0.1"}
    assert settings(given_) == given_ | {"args/9": HIDDEN}


def test_names_that_differ_in_their_secrets_alone_stay_two() -> None:
    shown = settings({f"password={CORE}1": 1, f"password={CORE}2": 2})
    assert len(shown) == 2
    assert not seen(shown)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("/home/ada/x and /home/ada: denied", "~/x and ~: denied"),
        (r"C:\Users\Ada L\x", r"~\x"),
        (r"'C:\\Users\\ada\\x'", r"'~\\x'"),
        ("/mnt/home/ada/x", "/mnt/home/~/x"),
        ("ask ada.l@example.org.", "ask (not shown)."),
        ("runs/Mar24_22-23-40_gpu7/m.csv", "runs/Mar24_22-23-40.../m.csv"),
        ("events.out.tfevents.17000.gpu-7.lab.12.0.v2: torn", "events.out.tfevents.17000...: torn"),
        ("runs/token: no log was found", "runs/token: no log was found"),
        ("s3://bucket/x: host unreachable", "s3://bucket/x: host unreachable"),
        ("the password is required; its pin is not set", "the password is required; its pin is not set"),
    ],
)
def test_places_and_messages(said: str, shown: str) -> None:
    assert text(said) == shown


@given(st.text(st.sampled_from("ab=:/@ -_.'\"\\?&;,([{token key password 0123(not shown)"), max_size=60))
def test_done_twice_it_is_the_same(said: str) -> None:
    once = text(said)
    assert text(once) == once or HIDDEN in once


HOSTILE = [
    *(
        "a",
        "a-",
        "a@",
        "a=",
        "key=",
        "token=",
        "password='",
        'password=\\"',
        "x://",
        "http://a:b",
        "sk-",
        "hf_a",
        "eyJ",
    ),
    *(
        "--token ",
        "/home/",
        "http://hooks/a/",
        "?a=b&",
        " ",
        "C:\\Users\\a ",
        "sv=a&sig=",
        "12345678:AA",
        "login a password ",
    ),
    *(
        "-u a:",
        "docker login ",
        "password is ",
        "password=[",
        ",",
        "\\",
        "-----BEGIN PRIVATE " + "KEY-----",
        "tfevents.1.",
    ),
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_time_grows_with_the_length_and_no_faster(piece: str) -> None:
    def seconds(size: int) -> float:
        said = "token=x " + piece * (size // len(piece))
        start = time.process_time()
        text(said)
        return time.process_time() - start

    seconds(10_000)
    small, large = seconds(100_000), seconds(1_000_000)
    assert large < max(40 * small, 1.0), "quadratic would be 100 times"
