"""What replay has learned beforehand: fitted on the corpus's tasks, none of which `benchmarks.replay` reports on."""
