"""Replays of what has no recipe: a function that yields losses, a command that logs them.  No torch here.

answer --> course (rounds of arms) --> race (side by side, given up when hopeless) --> calls | commands --> keeper
|                                                                         (one process tree an arm)
+--> standing (levels, noise) --> canonical --> belief.evidence: the same belief as a recipe's
"""
