"""Settings files: flat, tolerant, and never dangerous."""

import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.parsing.settings_files import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_NODES,
    companion_settings,
    flatten,
    load_settings,
    parse_settings,
)
from lrdoctor.records.run import HParam

CASES: list[tuple[str, str, dict[str, HParam]]] = [
    ("nothing", "", {}),
    ("an empty mapping", "{}\n", {}),
    ("a list at the top", "- 1\n- 2\n", {}),
    ("plain", "lr: 0.001\nopt: adam\nwarm: true\nseed: ~\n", {"lr": 0.001, "opt": "adam", "warm": True, "seed": None}),
    ("an exponent without a point", "lr: 1e-4\nwd: 5E3\n", {"lr": 1e-4, "wd": 5e3}),
    ("an exponent in quotes stays text", "lr: '1e-4'\n", {"lr": "1e-4"}),
    ("not finite", "a: .inf\nb: -.inf\n", {"a": float("inf"), "b": float("-inf")}),
    ("nested", "o:\n  lr: 0.1\n  betas: [0.9, 0.99]\n", {"o/lr": 0.1, "o/betas/0": 0.9, "o/betas/1": 0.99}),
    ("W&B", "lr:\n  desc: null\n  value: 0.1\noptim:\n  value: {eps: 1}\n", {"lr": 0.1, "optim/eps": 1}),
    ("W&B's own noise", "wandb_version: 1\n_wandb:\n  value: {cli_version: 0.1}\nlr: {value: 2}\n", {"lr": 2}),
    ("a value key that is no wrapper", "noise: {value: 1, kind: x}\n", {"noise/value": 1, "noise/kind": "x"}),
    ("an object as mapping", "!!python/object:argparse.Namespace\nlr: 0.1\n", {"lr": 0.1}),
    ("objects inside", "net: !!python/name:torch.nn.ReLU ''\nlr: !mine 3e-2\nb: !!python/tuple [1, 2]\n",
     {"net": "", "lr": "3e-2", "b/0": 1, "b/1": 2}),
    ("a call is not made", "a: !!python/object/apply:os.system ['touch /tmp/lrdoctor-was-here']\n",
     {"a/0": "touch /tmp/lrdoctor-was-here"}),
    ("dates stay text", "day: 2024-13-45\n", {"day": "2024-13-45"}),
    ("merge keys", "base: &b {lr: 1, wd: 2}\nrun:\n  <<: *b\n  lr: 3\n",
     {"base/lr": 1, "base/wd": 2, "run/lr": 3, "run/wd": 2}),
    ("keys that are lists", "? [a, b]\n: 1\nlr: 2\n", {"lr": 2}),
    ("who and where are left out", "email: a@b.c\nhost: gpu7\nhub_token: x\nargs: {username: me, max_tokens: 5}\n",
     {"args/max_tokens": 5}),
    ("so are values that name a person", "out: /home/ada/x\ncc: ada@b.org\nwin: 'C:\\Users\\ada'\ndata: /data/x\n",
     {"data": "/data/x"}),
    ("a second document is ignored", "lr: 1\n---\nlr: 2\n", {"lr": 1}),
    ("JSON", '{"lr": 1e-4, "a": {"b": [true, null]}}', {"lr": 1e-4, "a/b/0": True, "a/b/1": None}),
    ("JSON with tabs", '{\n\t"lr": 1e-4\n}', {"lr": 1e-4}),
    ("a byte-order mark", "\ufefflr: 1\n", {"lr": 1}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_a_file_says(text: str, expected: dict[str, HParam], tmp_path: Path) -> None:
    path = tmp_path / "hparams.yaml"
    path.write_text(text, encoding="utf-8")
    settings = load_settings(path)
    assert settings == expected
    assert {key: type(value) for key, value in settings.items()} == {
        key: type(value) for key, value in expected.items()
    }


def test_no_code_runs() -> None:
    parse_settings("a: !!python/object/apply:os.system ['touch /tmp/lrdoctor-was-here']\n")
    assert not Path("/tmp/lrdoctor-was-here").exists()  # noqa: S108 - the name stands in the case above


@pytest.mark.parametrize("text", ["a: [1\n", "a: b: c\n", "\x00\x01\x02", "[" * 5000, "&a [*b]"])
def test_nonsense_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UnreadableError, match=r"^x\.yaml: not readable as YAML or JSON: .*$") as caught:
        parse_settings(text, "x.yaml")
    assert "\n" not in str(caught.value)


def test_missing_and_huge_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        load_settings(tmp_path / "absent.yaml")
    (tmp_path / "huge.yaml").write_bytes(b"a: 1\n" * (MAX_BYTES // 5 + 1))
    with pytest.raises(UnreadableError, match="too large for settings"):
        load_settings(tmp_path / "huge.yaml")


def test_aliases_cannot_explode() -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 30)}]" for n in range(1, 12)]
    merges = [f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 30)}], k{n}: 1}}" for n in range(1, 12)]
    begin = time.monotonic()
    settings = parse_settings("\n".join(["l0: &l0 [lol]", *levels, "m0: &m0 {x: 1}", *merges]))
    assert len(settings) <= MAX_NODES
    assert time.monotonic() - begin < 5
    assert parse_settings("a: &a [1, *a]") == {f"a/{'1/' * n}0": 1 for n in range(MAX_DEPTH - 1)}


def test_companions_first_wins_and_a_broken_one_is_a_note(tmp_path: Path) -> None:
    for name, text in {"a.yaml": "lr: 1\n", "b.yaml": "lr: 2\nwd: 3\n", "c.yaml": "a: [1\n"}.items():
        (tmp_path / name).write_text(text)
    settings, notes = companion_settings([tmp_path / name for name in ("a.yaml", "b.yaml", "c.yaml")])
    assert settings == {"lr": 1, "wd": 3}
    assert [(note.code, note.message.split(":")[0]) for note in notes] == [("skipped", "c.yaml")]


NAMES = st.text("abcxyz_", min_size=1, max_size=8)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False)
    | st.text("abn1-. ", max_size=6)
)
TREES = st.dictionaries(
    NAMES, st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
)


@given(TREES)
def test_yaml_and_python_agree(tree: dict[str, object]) -> None:
    assert parse_settings(yaml.safe_dump(tree)) == flatten(tree)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        settings = parse_settings(text)
    except UnreadableError:
        return
    assert all(isinstance(value, str | int | float | bool | None) for value in settings.values())


def test_real_settings_files(real_logs: Path) -> None:
    tft = load_settings(real_logs / "lightning_tb/tft_optuna_v0/hparams.yaml")
    assert tft["learning_rate"] == 0.001
    assert load_settings(real_logs / "lightning_tb/tft_v1_empty/hparams.yaml") == {}
    for path in sorted(real_logs.glob("**/*.yaml")):
        for key, value in load_settings(path).items():
            assert "@" not in str(value), f"{path}: {key}"
