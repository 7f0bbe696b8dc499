"""Read training logs, diagnose the learning rate, render the answer."""

__version__ = "0.1.0"
