"""What `sample_logs/generate.py` is made of: tasks, training, LR sweeps, and one writer per log format."""
