"""The figures of a run, drawn by matplotlib: its curves, and the distribution over the good learning rates.

Legends are words beside a figure, not in it: they wrap on a narrow screen and can be read aloud.
"""

from collections.abc import Sequence

from lrdoctor.records.diagnosis import Diagnosis
from lrdoctor.report.figures.belief import belief_figure
from lrdoctor.report.figures.canvas import house_style
from lrdoctor.report.figures.figure import Figure
from lrdoctor.report.figures.loss import loss_figure
from lrdoctor.report.figures.mark import Mark


def figures(diagnosis: Diagnosis, prefix: str, marks: Sequence[Mark] = ()) -> tuple[Figure, ...]:
    """The run's figures, as far as its log has what they show.

    Args:
        diagnosis: of the run.
        prefix: makes their ids unique on the page.
        marks: the numbered places of its reasons.
    """
    with house_style():
        drawn = (loss_figure(diagnosis, f"{prefix}l-", marks), belief_figure(diagnosis, f"{prefix}b-"))
    return tuple(figure for figure in drawn if figure is not None)
