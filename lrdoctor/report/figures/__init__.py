"""Figures as SVG: the only room that imports matplotlib."""
