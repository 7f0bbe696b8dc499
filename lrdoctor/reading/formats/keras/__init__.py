"""Keras histories."""
