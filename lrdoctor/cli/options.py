"""Options that several commands share, and the examples below their help."""

import re
from typing import Annotated

import typer

from lrdoctor.errors import UsageError

# "\\b" keeps typer from filling the lines of a paragraph.
EXAMPLES = """\b
Examples:
  lrdoctor diagnose runs/
  lrdoctor diagnose logs/metrics.csv -o report.html -o report.json
  lrdoctor sweep runs/lr_*
  lrdoctor replay train.py:recipe --log runs/last
  lrdoctor diagnose runs/ --quiet --fail-on 'divergent,too-high>=90%'
  kubectl logs job | lrdoctor diagnose -

\b
Exit codes:
  0  nothing that --fail-on names was found
  1  a run has a verdict or finding that --fail-on names
  2  wrong usage, or a PATH is missing or holds nothing that could be analysed
"""

SWEEP_EXAMPLES = """\b
Examples:
  lrdoctor sweep runs/
  lrdoctor sweep runs/lr_* -o sweep.html -o sweep.json
  lrdoctor sweep a/ b/ --together
"""

REPLAY_EXAMPLES = """\b
Examples:
  lrdoctor replay --init
  lrdoctor replay replay_recipe.py
  lrdoctor replay train.py:recipe --log runs/last -o replay.html
  lrdoctor replay train.py:recipe --max-steps 300 --device cpu
  lrdoctor replay train.py:main -- --batch-size 32
  lrdoctor replay --command 'python train.py --lr {lr} --steps {steps} --seed {seed}' --lr 1e-3 --steps 20000
"""

# Hidden from the list of arguments, where typer would show its Python type; the commands' first lines explain it.
PATHS = Annotated[list[str], typer.Argument(metavar="PATH", hidden=True)]
OUTPUT = Annotated[
    list[str] | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write the report here; .html, .json, .md, .xml (JUnit), .sarif or .txt says how, else --format. May be "
        "repeated; - is standard output. Nothing else is then printed, unless --format asks for it.",
    ),
]
FORMAT = Annotated[
    str | None,
    typer.Option("--format", metavar="FORMAT", help="text (default), html, json, md, junit, sarif, github or gitlab."),
]
FAIL_ON = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="LIST",
        help="End with exit code 1 where a run has one of these: verdicts (divergent, too-high>=80%, too-slow, "
        "well-tuned, inconclusive), unreadable, severities (fault, warning, info), findings by code or name. Separated "
        "by commas; a verdict counts from 80 % on, unless another certainty is given.",
    ),
]
BASELINE = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="An earlier JSON report, or a run: only what is new or worse fails."),
]
EXIT_ZERO = Annotated[bool, typer.Option("--exit-zero", help="Say what fails, but end with exit code 0.")]
CONFIG = Annotated[
    str | None,
    typer.Option(
        metavar="FILE", help="The configuration. Default: lrdoctor.toml, or [tool.lrdoctor] in pyproject.toml."
    ),
]
NO_CONFIG = Annotated[bool, typer.Option("--no-config", help="Without any configuration.")]
NO_GITHUB = Annotated[
    bool, typer.Option("--no-github", help="In GitHub Actions: neither a job summary nor annotations.")
]
NO_CURVES = Annotated[bool, typer.Option("--no-curves", help="JSON without the points of curves: much smaller.")]
VERBOSE = Annotated[bool, typer.Option("--verbose", "-v", help="Every run in full, however many there are.")]
POSTERIOR = Annotated[str | None, typer.Option(metavar="FILE", help="Other fitted tables than those shipped.")]
LOSS = Annotated[str | None, typer.Option(metavar="NAME", help="The series that is the training loss.")]
LR = Annotated[str | None, typer.Option(metavar="NAME", help="The series that is the learning rate.")]
VAL = Annotated[str | None, typer.Option(metavar="NAME", help="The series that is the validation loss.")]
MAX_BYTES = Annotated[
    str,
    typer.Option("--max-bytes", metavar="SIZE", help="Refuse larger log files, and fetch no more than 4 times that."),
]
NEXT_STEPS = Annotated[
    int | None,
    typer.Option(metavar="N", help="Optimizer steps of the next run: the LR is carried over to a run so long."),
]
NEXT_BATCH = Annotated[
    int | None,
    typer.Option(metavar="N", help="Batch size of the next run: the LR is carried over to it, the steps as now."),
]
DEFAULT_MAX_BYTES = "2GB"
QUIET = Annotated[bool, typer.Option("--quiet", "-q", help="On standard error only errors and reasons to fail.")]


def size_in_bytes(text: str, option: str) -> int:
    """Bytes that a size such as `4GB`, `500M` or `2.5 GiB` means; `option` is what an error names.

    >>> size_in_bytes("4GB", "--max-memory"), size_in_bytes("512 MiB", "--max-memory")
    (4000000000, 536870912)

    Raises:
        UsageError: the text is no size, or less than a byte.
    """
    match = re.fullmatch(r"\s*(\d{1,18}(?:\.\d{0,18})?)\s*(?:([KMGT])(i?))?B?\s*", text, re.IGNORECASE)
    power = 0 if match is None or match[2] is None else 1 + "KMGT".index(match[2].upper())
    size = 0 if match is None else int(float(match[1]) * (1024 if match[3] else 1000) ** power)
    if size < 1:
        raise UsageError(f"{option} {text}: give a size such as 4GB or 500MB")
    return size
