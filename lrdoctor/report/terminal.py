"""Text for a terminal: the same words, with the verdicts coloured."""

import io
import re

from lrdoctor.records.diagnosis import Verdict
from lrdoctor.report.renderer import Options
from lrdoctor.report.wording.run import verdict_words

STYLES = {
    Verdict.DIVERGENT: "bold red",
    Verdict.TOO_HIGH: "bold yellow",
    Verdict.TOO_SLOW: "bold blue",
    Verdict.WELL_TUNED: "bold green",
    Verdict.INCONCLUSIVE: "bold",
}
_ORDER = re.compile(r"^  (Use|Keep|Run|Multiply|Divide)\b.*?(?= \(|$)", re.MULTILINE)


def coloured(text: str, options: Options) -> str:
    """The text with verdicts and orders marked, where the terminal shows colours; else as it is."""
    if not options.colour:
        return text
    from rich.console import Console
    from rich.text import Text

    console = Console(
        file=io.StringIO(), width=10_000, force_terminal=True, color_system="standard", highlight=False, soft_wrap=True
    )
    shown = Text(text)
    for verdict, style in STYLES.items():
        words = verdict_words(verdict)
        shown.highlight_regex(rf"(?<=: ){words.upper()}(?=[,\n]|$)|(?<=  ){words}(?=  |$)", style)
    shown.highlight_regex(_ORDER, "bold")
    with console.capture() as captured:
        console.print(shown, end="")
    return captured.get()
