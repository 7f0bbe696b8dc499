"""The version; imports nothing, so that every room may show it."""

__version__ = "0.2.0.dev0"
