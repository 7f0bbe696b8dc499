"""What holds for all readers of pre-training's text logs: none takes another's file, and no bytes hurt them."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lrdoctor.errors import UnreadableError
from lrdoctor.reading.formats.language_models import (
    build_nanogpt,
    llmc,
    megatron,
    modded_nanogpt,
    nanogpt,
    olmo,
    torchtune,
)
from lrdoctor.reading.formats.reader import Reader
from lrdoctor.reading.parsing.head import HEAD_BYTES, Head, look
from lrdoctor.records.run import Source

READERS = [module.READER for module in (megatron, nanogpt, build_nanogpt, llmc, modded_nanogpt, torchtune, olmo)]
SAMPLES = Path(__file__).parents[4] / "sample_logs"
OWN = {
    "megatron-text": "megatron",
    "nanogpt-stdout": "nanogpt",
    "build-nanogpt-log": "build-nanogpt",
    "llmc-main-log": "llmc",
    "llmc-stdout": "llmc",
    "modded-nanogpt": "modded-nanogpt",
    "torchtune-log": "torchtune",
    "olmo-console": "olmo",
}


def files_of(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file()]


def takers(path: Path) -> list[str]:
    return [reader.name for reader in READERS if reader.recognise(look(path)) is not None]


@pytest.mark.parametrize(("sample", "reader"), OWN.items())
def test_each_sample_is_taken_by_its_reader_alone(sample: str, reader: str) -> None:
    (path,) = files_of(SAMPLES / "formats" / sample)
    assert takers(path) == [reader]


def test_no_other_sample_is_taken() -> None:
    others = [path for path in files_of(SAMPLES) if not OWN.keys() & set(path.parts)]
    assert len(others) > 50
    assert [path for path in others if takers(path)] == []


def test_of_the_real_logs_each_takes_its_own(real_logs: Path) -> None:
    taken = {path.relative_to(real_logs): takers(path) for path in files_of(real_logs)}
    assert len(taken) > 100
    found: dict[str, set[str]] = {}
    for path, names in taken.items():
        assert len(names) < 2
        for name in names:
            found.setdefault(path.parts[0], set()).add(name)
    assert found == {
        "megatron": {"megatron"},
        "build_nanogpt": {"build-nanogpt"},
        "llmc_main_log": {"llmc"},
        "llmc_stdout": {"llmc"},
        "step_slash_lines": {"modded-nanogpt"},
        "wandb_offline": {"nanogpt"},
    }


def test_no_source_code_is_taken() -> None:
    """The scripts that write such lines hold all their words."""
    code = [path for path in files_of(SAMPLES / "generation") if path.suffix == ".py"]
    assert "pretraining.py" in {path.name for path in code}
    assert [path for path in code if takers(path)] == []


# ---- bytes of any kind

LINES = [
    line
    for sample in OWN
    for line in (SAMPLES / "formats" / sample).rglob("*.*").__next__().read_bytes().splitlines(keepends=True)[::9]
]
JUNK = st.one_of(
    st.sampled_from([b"\n", b"\r", b"\x00", b"\xff", b"|", b":", b"nan", b"1e999", b"9" * 400, b"\x1b[31m", b" " * 50]),
    st.binary(max_size=8),
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    lines = draw(st.lists(st.sampled_from(LINES), min_size=1, max_size=25))
    data = bytearray(b"".join(lines))
    for _ in range(draw(st.integers(0, 12))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 6))] = draw(JUNK)
    return bytes(data[: draw(st.integers(0, len(data)))])


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=damaged())
def test_damaged_lines_give_a_run_or_a_refusal(tmp_path: Path, reader: Reader, data: bytes) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(data)
    reader.recognise(look(path))
    try:
        runs = reader.read(Source(path, (path,), reader.name, "test"))
    except UnreadableError:
        return
    for run in runs:
        assert run.series
        for series in run.series.values():
            assert (series.step[1:] >= series.step[:-1]).all()


SLOW: list[tuple[str, Callable[[int], str]]] = [
    ("blanks", lambda n: " " * n),
    ("blank lines", lambda n: "\n" * n),
    ("digits", lambda n: "1" * n),
    ("bars", lambda n: "|" * n),
    ("iterations", lambda n: "iteration " * (n // 10)),
    ("blank iterations", lambda n: ("iteration" + " " * 30) * (n // 40) + "learning rate"),
    ("headers", lambda n: "iteration 1/ 2 | learning rate " * (n // 31)),
    ("fields of blanks", lambda n: "iteration 1/ 2 | learning rate: " + (" loss" + " " * 995 + "|") * (n // 1000)),
    ("losses", lambda n: "iteration 1/ 2 | learning rate: 1 |" + (" a-b.c" * 20 + "loss: 1 |") * (n // 130)),
    ("dots", lambda n: "  a " + "." * n),
    ("arguments", lambda n: "  a ... " * (n // 8)),
    ("iters", lambda n: "iter 1: loss " * (n // 13)),
    ("pairs", lambda n: "iter 1: loss 1, time 1ms" + ", a 1" * (n // 5)),
    ("rows", lambda n: "1 train 1" + "1" * n),
    ("steps", lambda n: "step 1 | loss: 1 | tok/sec: " * (n // 28)),
    ("z-scores", lambda n: "step 1/1 | loss 1 (" * (n // 19)),
    ("flags", lambda n: ("| a" + " " * 60) * (n // 63)),
    ("slashes", lambda n: "step:1/1 train_loss:" * (n // 20)),
    ("losses without end", lambda n: "step:1/1 train_loss:1 " + "loss" * (n // 4)),
    ("classes", lambda n: "class Hyperparameters:\n" + " a: b" * (n // 5)),
    ("attributes", lambda n: "class Hyperparameters:\n" + ("  a" + " " * 90 + "\n") * (n // 94)),
    ("Steps", lambda n: "Step 1 | a:" * (n // 11)),
    ("configurations", lambda n: "with resolved config:\n" + "- " * (n // 2)),
    (
        "nested configurations",
        lambda n: "with resolved config:\n" + "".join(f"{' ' * i}a:\n" for i in range(60)) * (n // 4000),
    ),
    ("brackets", lambda n: "[step=1/1" * (n // 9)),
    ("indents", lambda n: "[step=1/1]\n" + (" " * 50 + "\n") * (n // 51)),
    ("indents again", lambda n: ("[step=1/1]\n" + "          a\n" * 200) * (n // 2500)),
    ("metrics", lambda n: "[step=1/1]\n    train/" + "a" * n),
]


@pytest.mark.parametrize("text", [make for _, make in SLOW], ids=[name for name, _ in SLOW])
def test_no_text_takes_long(tmp_path: Path, text: Callable[[int], str]) -> None:
    path = tmp_path / "log.txt"
    path.write_text(text(3 * HEAD_BYTES))
    head = look(path)
    begin = time.process_time()
    for reader in READERS:
        reader.recognise(Head(path, head.data, head.size))
        try:
            reader.read(Source(path, (path,), reader.name, "test"))
        except UnreadableError:
            continue
    assert time.process_time() - begin < 3
