"""The exit codes, once.  Imports nothing: `--help` needs them before all else."""

EXIT_CLEAN = 0
"""Everything named was analysed, and nothing that `--fail-on` names was found."""

EXIT_FAILED = 1
"""A run has a verdict or finding that `--fail-on` names."""

EXIT_ERROR = 2
"""Wrong usage, or something the user named is missing or holds nothing that could be analysed."""

EXIT_INTERRUPTED = 130
"""Ctrl-C, as shells have it."""
