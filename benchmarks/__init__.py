"""Sweeps with known good learning rates, and what lrdoctor makes of them."""
