"""Every format, word for word; see tests/golden/README.md."""

import re
from collections.abc import Callable, Mapping

import lrdoctor
from lrdoctor.diagnosis import Diagnosis, Report, SweepDiagnosis
from lrdoctor.report import html, inspection, render
from lrdoctor.report.figure import Figure, Key
from lrdoctor.report.page import page

Golden = Callable[[str, str], None]


def without_version(text: str) -> str:
    """The golden files outlive a release."""
    return text.replace(lrdoctor.__version__, "VERSION")


def stand_in(diagnosis: Diagnosis, prefix: str) -> tuple[Figure, ...]:
    """Matplotlib's own drawing differs between its versions."""
    return (Figure("loss", "Loss", f'<svg id="{prefix}l"></svg>', (Key("raw", f"the loss of {diagnosis.run.name}"),)),)


def no_figures(_sweep: SweepDiagnosis, _prefix: str) -> tuple[Figure, ...]:
    return ()


def test_text(full: Report, golden: Golden) -> None:
    golden("report.txt", without_version(render(full, "text")))


def test_json(full: Report, golden: Golden) -> None:
    text = render(full, "json")
    # The belief's arrays are long and are tested by their values.
    golden(
        "report.json",
        without_version(re.sub(r'("(?:decades|in_band|middle|prior_in_band)": \[)[^\]]{40,}', r"\1...", text)),
    )


def test_page(full: Report, golden: Golden) -> None:
    text = html.markup(page(full, stand_in, no_figures))
    golden("page.html", without_version(re.sub(r"<style>.*?</style>", "<style></style>", text, flags=re.DOTALL)))


def seen(examples: Mapping[str, Diagnosis]) -> list[inspection.Inspected]:
    return [
        inspection.Inspected(d.run, d.roles, d.lr, d.lr_source, "too little" if name == "no-lr" else "")
        for name, d in examples.items()
    ]


def test_inspection_as_text(examples: Mapping[str, Diagnosis], full: Report, golden: Golden) -> None:
    golden("inspect.txt", without_version(inspection.as_text(seen(examples), full.unreadable)))


def test_inspection_as_json(examples: Mapping[str, Diagnosis], full: Report, golden: Golden) -> None:
    golden("inspect.json", without_version(inspection.as_json(seen(examples), full.unreadable)))
