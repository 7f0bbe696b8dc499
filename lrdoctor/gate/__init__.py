"""What fails: `--fail-on`, what is ignored for a reason, and what a baseline has already."""
