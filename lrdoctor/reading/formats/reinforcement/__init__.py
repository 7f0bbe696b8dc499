"""Logs of reinforcement learning."""
