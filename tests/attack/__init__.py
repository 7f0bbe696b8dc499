"""Attacks: what a tool that is pointed at anything, anywhere, must stand."""
