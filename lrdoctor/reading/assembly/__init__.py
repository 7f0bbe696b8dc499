"""From what the readers gave to whole runs: duplicates, files of one run, summed losses, schedules."""
