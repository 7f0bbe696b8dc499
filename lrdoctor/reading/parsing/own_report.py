"""lrdoctor's own reports: they hold the curves that they draw, and lie among the logs they were made from."""

import re

from lrdoctor.reading.parsing.head import Head

WHAT = "a report of lrdoctor's own: name the log that it was made from"
_BEGINS = re.compile(
    rb"""
    \s*\{\s*"schema_version"\s*:\s*\d+\s*,\s*"lrdoctor"\s*:\s*"   # JSON, of every command
    | [^\n]*\n [ ]{2}path[ ]{2,}[^\n]*\n(?:[ ]{3,}[^\n]*\n)* [ ]{2}format[ ]{2,}  # what `inspect` prints
    | [^\n]*:[ ](?:TOO[ ]SLOW|WELL[ ]TUNED|TOO[ ]HIGH|DIVERGENT|INCONCLUSIVE)\b[^\n]*\n[ ]{2}  # a run, as text
    | \d[\d,]*[ ]runs:[ ][^\n]*\n\n run[ ]{2,}verdict[ ]{2,}P[ ]  # several
    | sweep[ ][^\n]*\n[ ]{2}\S .{0,4000}? \n[ ]{2,}LR[ ]{2,}run[ ]{2,}
    | replay[ ][^\n]*:[ ][^\n]*\n[ ]{2}\S .{0,4000}? \n[ ]{2}P[ ]{2,}too-slow[ ]
    """,
    re.VERBOSE | re.DOTALL,
)
_PAGE = re.compile(rb'<!doctype html>.{0,2000}<meta name="generator" content="lrdoctor\b', re.DOTALL)


def is_own_report(head: Head) -> bool:
    """Whether a file begins as one of lrdoctor's reports does."""
    return bool(_BEGINS.match(head.data) or _PAGE.match(head.data))
