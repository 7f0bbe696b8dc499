"""lrdoctor's own reports: they hold the curves that they draw, and lie among the logs they were made from."""

import re

from lrdoctor.reading.parsing.head import Head

WHAT = "a report of lrdoctor's own: name the log that it was made from"
QUALITY = "gl-code-quality-report.json"  # GitLab's: an empty list where every run is well tuned
_BEGINS = re.compile(
    rb"""
    \s*\{\s*"schema_version"\s*:\s*\d+\s*,\s*"lrdoctor"\s*:\s*"   # JSON, of every command
    | [^\n]*\n [ ]{2}path[ ]{2,}[^\n]*\n(?:[ ]{3,}[^\n]*\n)* [ ]{2}format[ ]{2,}  # what `inspect` prints
    | [^\n]*:[ ](?:TOO[ ]SLOW|WELL[ ]TUNED|TOO[ ]HIGH|DIVERGENT|INCONCLUSIVE)\b[^\n]*\n[ ]{2}  # a run, as text
    | \d[\d,]*[ ]runs?(?:[ ]in[ ]no[ ]sweep)?:[ ][^\n]*\n\n run[ ]{2,}verdict[ ]{2,}(?:P|sure)[ ]  # several
    | sweep[ ][^\n]*\n[ ]{2}\S .{0,4000}? \n[ ]{2,}LR[ ]{2,}run[ ]{2,}
    | \#\#[ ][^\n]*\n\n .{0,3000}? \|[ ]\|[ ]run[ ]\|[ ]verdict[ ]\|  # Markdown
    | (?:<\?xml[^>]*>\s*)?<testsuites[ ]name="lrdoctor"
    | \{\s*"\$schema":[^\n]*sarif[^\n]*\s*"version":[^\n]*\s*"runs":
      \s*\[\s*\{\s*"tool":\s*\{\s*"driver":\s*\{\s*"name":\s*"lrdoctor"
    | \[\s*\{\s*"description":[^\n]*\s*"check_name":\s*"lrdoctor/  # for GitLab
    | ::(?:error|warning|notice)[ ][^\n]*::  # for GitHub
    | replay[ ][^\n]*:[ ][^\n]*\n[ ]{2}\S .{0,4000}? \n[ ]{2}P[ ]{2,}too-slow[ ]
    """,
    re.VERBOSE | re.DOTALL,
)
_PAGE = re.compile(rb'<!doctype html>.{0,2000}<meta name="generator" content="lrdoctor\b', re.DOTALL)


def is_own_report(head: Head) -> bool:
    """Whether a file begins as one of lrdoctor's reports does."""
    nothing_to_say = head.path.name == QUALITY and head.data.strip() == b"[]"
    return nothing_to_say or bool(_BEGINS.match(head.data) or _PAGE.match(head.data))
