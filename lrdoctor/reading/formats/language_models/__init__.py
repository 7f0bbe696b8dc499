"""Logs of language-model trainings."""
