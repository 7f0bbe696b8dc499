"""Lines that a screen's edge or a pager broke."""

from hypothesis import given
from hypothesis import strategies as st

from lrdoctor.reading.parsing.wrapped_lines import screen_width, unwrapped

ROWS = [
    f"10:00:01 epoch {e} step {e:05d} learning_rate 0.0010 gradient_norm 1.23 loss {1 / (e + 1):.4f}" for e in range(20)
]
BROKEN = [part for row in ROWS for part in (row[:70], row[70:])]


def test_rows_broken_at_the_screens_edge_are_whole_again() -> None:
    assert screen_width(BROKEN) == 70
    assert list(unwrapped(BROKEN, 70)) == ROWS


def test_rows_that_are_all_of_one_length_are_not_broken() -> None:
    same = [row[:70] for row in ROWS]
    assert screen_width(same) is None
    assert screen_width(ROWS) is None
    assert list(unwrapped(same, 70)) == same


def test_marks_at_an_end_and_an_indent_say_that_a_line_goes_on() -> None:
    lines = ["step 1 lr 0.1,$", "  loss 2.5", "step 2 lr 0.1 \\", "  loss 2.4", "step 3 lr 0.1,", "loss 2.3", "", "a"]
    assert list(unwrapped(lines, None)) == [
        "step 1 lr 0.1, loss 2.5",
        "step 2 lr 0.1 loss 2.4",
        "step 3 lr 0.1,",
        "loss 2.3",
        "",
        "a",
    ]


@given(st.lists(st.text(alphabet="ab,$\\ 1", max_size=12)), st.sampled_from([None, 5, 12]))
def test_nothing_is_lost(lines: list[str], width: int | None) -> None:
    def letters(parts: list[str]) -> str:
        return "".join(parts).translate({ord(c): None for c in " $\\"})

    assert letters(list(unwrapped(lines, width))) == letters(lines)
