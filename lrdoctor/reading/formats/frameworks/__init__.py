"""Logs of deep-learning frameworks that are for no one field."""
