"""Logs of vision libraries."""
