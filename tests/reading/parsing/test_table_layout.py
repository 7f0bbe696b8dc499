"""Separators, headers and decimal marks, inferred from the first lines."""

from pathlib import Path

import pytest

from lrdoctor.reading.parsing.head import HEAD_BYTES, Head
from lrdoctor.reading.parsing.table_layout import Layout, sniff


def layout_of(text: str | bytes, name: str = "log.csv") -> Layout | None:
    data = text.encode() if isinstance(text, str) else text
    return sniff(Head(Path(name), data[:HEAD_BYTES], len(data)))


LAYOUTS = [
    ("comma", "step,loss\n0,0.5\n1,0.4\n", ("step", "loss"), ",", False),
    ("padding", "  step ,  loss\n   0,  0.5\n", ("step", "loss"), ",", False),
    ("tab", "step\tloss\n0\t0.5\n", ("step", "loss"), "\t", False),
    ("a nameless index under tabs", "\tloss\tlr\n0\t0.5\t0.1\n", ("", "loss", "lr"), "\t", False),
    (
        "commas in names under tabs",
        "step\tloss, train\tloss, val\n0\t1\t2\n",
        ("step", "loss, train", "loss, val"),
        "\t",
        False,
    ),
    ("semicolon and decimal comma", "step;loss\n0;0,5\n1;0,4\n", ("step", "loss"), ";", True),
    ("semicolon and point", "step;loss\n0;0.5\n", ("step", "loss"), ";", False),
    ("quoted decimal commas", 'step,loss\n1,"0,5"\n2,"0,4"\n', ("step", "loss"), ",", True),
    ("quoted thousands", 'step,loss\n"1,024",5\n"2,048",4\n', ("step", "loss"), ",", False),
    ("thousands with a decimal comma", "step;loss\n1.000;0,5\n2.000;0,4\n", ("step", "loss"), ";", True),
    ("thousands without one", "step;loss\n1.000;0.5\n", ("step", "loss"), ";", False),
    ("Excel's first line", "sep=;\nstep;loss\n0;0,5\n", ("step", "loss"), ";", True),
    ("pipes under tabs", "LR\tLoss\t\n0.1|2.0|\n0.1|1.9|\n", ("LR", "Loss"), "|", False),
    ("trailing tab", "step\tloss\t\n0\t1\t\n", ("step", "loss"), "\t", False),
    ("blanks", "step loss\n0   0.5\n 10  0.4\n", ("step", "loss"), " ", False),
    ("a commented header", "# step loss\n0 0.5\n1 0.4\n", ("step", "loss"), " ", False),
    ("comments above", "# made by x\n# y\nstep,loss\n0,0.5\n", ("step", "loss"), ",", False),
    ("quotes", '"step","loss, total"\n"0","0.5"\n', ("step", "loss, total"), ",", False),
    ("pandas index", ",epoch,loss\n0,0,0.5\n", ("", "epoch", "loss"), ",", False),
    ("a nameless pandas Series", ",0\n0,0.5\n1,0.4\n", ("", "0"), ",", False),
    ("same name twice", "step,loss,loss\n0,1,2\n", ("step", "loss", "loss.1"), ",", False),
    ("one column", "loss\n0.5\n0.4\n", ("loss",), ",", False),
    ("header alone", "step,loss\n", ("step", "loss"), ",", False),
    ("byte-order mark", "\ufeffstep,loss\n0,1\n", ("step", "loss"), ",", False),
    ("CRLF and blank lines", "\r\nstep,loss\r\n\r\n0,1\r\n", ("step", "loss"), ",", False),
    ("mostly empty cells", "step,loss,val\n0,,\n0,1,\n0,,2\n", ("step", "loss", "val"), ",", False),
    ("commas and blanks above blanks", "# step, loss\n0 0.5\n1 0.4\n", ("step", "loss"), " ", False),
    (
        "a time among blanks",
        "epoch   train_loss  time\n0       0.5         00:12\n1       0.4         00:11\n",
        ("epoch", "train_loss", "time"),
        " ",
        False,
    ),
    (
        "a notebook's output above",
        " [60/60 05:38, Epoch 1/1]\n\nStep\tTraining Loss\n1\t0.5\n2\t0.4\nTrainOutput(global_step=60)\n",
        ("Step", "Training Loss"),
        "\t",
        False,
    ),
    ("no header", "0.5\n0.4\n", (), ",", False),
    ("no header, two columns", "0\t0.5\n1\t0.4\n", (), "\t", False),
]


@pytest.mark.parametrize(("text", "names", "separator", "comma"), [c[1:] for c in LAYOUTS], ids=[c[0] for c in LAYOUTS])
def test_layouts(text: str, names: tuple[str, ...], separator: str, comma: bool) -> None:
    layout = layout_of(text)
    assert layout is not None
    assert (layout.names, layout.separator, layout.decimal_comma) == (names, separator, comma)


def test_utf16_as_excel_saves_unicode_text() -> None:
    layout = layout_of("step\tloss\n0\t0.5\n".encode("utf-16"))
    assert layout is not None
    assert layout.names == ("step", "loss")


def test_a_header_in_another_encoding_keeps_its_numbers() -> None:
    layout = layout_of("step,Verlust f\u00fcr Training (loss)\n0,0.5\n".encode("cp1252"))
    assert layout is not None
    assert layout.names[0] == "step"
    assert layout.rows == (("0", "0.5"),)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"\x89PNG\r\n\x1a\n\0\0",
        b'{"loss": 1}\n',
        b"[1, 2]",
        b"<html>,</html>",
        b"\xff" * 200,
        b"# only\n# talk",
    ],
)
def test_what_is_no_table(data: bytes) -> None:
    assert layout_of(data) is None


def test_the_line_that_the_head_cuts_is_not_looked_at() -> None:
    layout = layout_of("step,loss\n0," + "1" * HEAD_BYTES)
    assert layout is not None
    assert layout.rows == ()


def test_many_comment_lines_take_no_time() -> None:
    assert layout_of(b"#\n" * (HEAD_BYTES // 2)) is None
