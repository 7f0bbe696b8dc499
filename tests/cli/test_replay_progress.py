"""The line that shows how far a replay is."""

import io
import os
import sys

import numpy as np
import pytest

from lrdoctor.cli.replay_progress import BARS, BARS_SHOWN, Progress, line, minutes, sparks
from lrdoctor.replay.safeguards.budget import Budget


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def budget(trained: int = 250, seconds: float = 20.0) -> Budget:
    times = iter([0.0])
    made = Budget(1000, now=lambda: next(times, seconds))
    made.trained = trained
    return made


def test_everything_on_one_line() -> None:
    text = line("45-step reruns", 0.0123, np.array([3.0, 2.0, 1.0]), budget())
    assert text == "replay [####------------] 250/1000 steps  1:00 left  45-step reruns, LR 0.012: █▄▁ 1"


@pytest.mark.parametrize(
    ("trained", "bar"), [(0, "-" * 16), (1000, "#" * 16), (1500, "#" * 16), (500, "#" * 8 + "-" * 8)]
)
def test_the_bar(trained: int, bar: str) -> None:
    assert f"[{bar}]" in line("range test", 1e-9, np.empty(0), budget(trained))


def test_before_the_first_step_nothing_is_known() -> None:
    text = line("range test", 1e-10, np.empty(0), budget(0))
    assert "left" not in text
    assert text.endswith("LR 1e-10:  -")


def test_bars() -> None:
    assert sparks(np.array([0.0, 1.0])) == BARS[0] + BARS[-1]
    assert sparks(np.full(5, 2.0)) == BARS[0] * 5
    assert sparks(np.empty(0)) == ""
    assert sparks(np.array([np.nan, 1.0, np.inf, 2.0])) == f"!{BARS[0]}!{BARS[-1]}"
    assert sparks(np.full(3, np.nan)) == "!!!"
    assert len(sparks(np.arange(100.0))) == BARS_SHOWN
    assert sparks(np.arange(100.0)) == sparks(np.arange(100.0)[-BARS_SHOWN:])
    assert sparks(np.array([-1e308, 0.0, 1.0])).endswith(BARS[-1])


def test_minutes() -> None:
    assert [minutes(s) for s in (0, 0.4, 59.6, 61, 3600, -5)] == ["0:00", "0:00", "1:00", "1:01", "60:00", "0:00"]


def terminal(monkeypatch: pytest.MonkeyPatch, columns: int = 100) -> Terminal:
    """Not a fixture: pytest puts its own standard error in place between a fixture and its test."""
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((columns, 24)))
    return shown


def test_it_is_drawn_over_itself_and_gone_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with Progress(visible=True) as progress:
        progress.show("a long phase indeed", 0.1, np.ones(30), budget(100))
        first = shown.getvalue()
        progress.show("short", 0.1, np.ones(1), budget(200, 21.0))
        second = shown.getvalue()[len(first) :]
    assert first.startswith("\r")
    assert len(second) == len(first), "what was longer is painted over"
    assert shown.getvalue().endswith("\r" + " " * (len(first) - 1) + "\r")
    assert "\n" not in shown.getvalue()


def test_not_too_often(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with Progress(visible=True) as progress:
        for k in range(100):
            progress.show("range test", 0.1, np.ones(1), budget(100, 20.0 + k / 1000))
        assert shown.getvalue().count("\r") == 1


@pytest.mark.parametrize("columns", [20, 80])
def test_a_narrow_terminal_does_not_wrap_it(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    shown = terminal(monkeypatch, columns)
    with Progress(visible=True) as progress:
        progress.show("12345-step reruns", 1.25e-5, np.arange(30.0), budget())
        assert 10 < len(shown.getvalue()) <= columns


@pytest.mark.parametrize("columns", [120, 79, 60, 40])
def test_what_a_narrow_terminal_keeps_is_the_lr_and_its_loss(columns: int) -> None:
    text = line("401-step reruns", 0.0123, np.arange(30.0) / 7, budget(2957), columns)
    assert len(text) <= columns
    assert text.startswith("replay ")
    assert " LR 0.012: " in text
    assert text.endswith(" 4.143")
    assert ("401-step reruns" in text) == (columns >= 79)


def test_without_anybody_watching_it_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with Progress(visible=False) as progress:
        progress.show("range test", 0.1, np.ones(1), budget())
    assert shown.getvalue() == ""


def test_nothing_told_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    with Progress(visible=True):
        pass
    assert shown.getvalue() == ""


def test_an_error_clears_the_line_too(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)

    def fails() -> None:
        with Progress(visible=True) as progress:
            progress.show("range test", 0.1, np.ones(1), budget())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fails()
    assert shown.getvalue().endswith(" \r")
