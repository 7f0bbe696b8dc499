"""Path -> Runs: which files hold logs, how each format is read, and what belongs to one run."""
