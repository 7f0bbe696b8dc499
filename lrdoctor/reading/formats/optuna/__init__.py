"""Optuna's storages."""
