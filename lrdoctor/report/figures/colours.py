"""The figures' colours, by name, in the light theme and in the dark one.

A figure is drawn in the light ones, as attributes of its elements, so that it is whole where no style sheet applies
(a mail, a CI server that forbids them).  A page's style sheet puts the dark ones in their place.
"""

COLOURS = {
    "ink": "#1b1f27",
    "paper": "#fefefe",
    "mark": "#2a3140",
    "muted": "#5f6675",
    "grid": "#e3e6eb",
    "raw": "#a9bbd6",
    "smooth": "#1d4f91",
    "val": "#b4540a",
    "level": "#4a5568",
    "bad": "#c02626",
    "norm": "#7a4ba0",
    "rate": "#0b7a6f",
    "belief": "#2f7d5b",
    # Learning rates of a sweep, the lowest first.
    "lr0": "#2d3f9e",
    "lr1": "#2f73b5",
    "lr2": "#25939b",
    "lr3": "#3c9a5f",
    "lr4": "#a08a12",
    "lr5": "#cf6a1c",
    "lr6": "#b32b4a",
    # Rounds of a replay, the shortest first.
    "round0": "#b7c9e4",
    "round1": "#7fa3d4",
    "round2": "#4577ba",
    "round3": "#173f78",
}

DARK = {
    "ink": "#e8eaee",
    "paper": "#14171c",
    "mark": "#e0e4ec",
    "muted": "#a3abba",
    "grid": "#30353f",
    "raw": "#5a7299",
    "smooth": "#8db8ee",
    "val": "#eb9a4e",
    "level": "#b6bdc9",
    "bad": "#f07a7a",
    "norm": "#c79be8",
    "rate": "#4ec9bb",
    "belief": "#5cc08d",
    "lr0": "#8fa2f5",
    "lr1": "#6db3ef",
    "lr2": "#5ccbd0",
    "lr3": "#6fd08f",
    "lr4": "#dcc65a",
    "lr5": "#f2a05c",
    "lr6": "#f28099",
    "round0": "#364a6a",
    "round1": "#4a71a8",
    "round2": "#6e9fe4",
    "round3": "#a9ccff",
}


def dark_rules() -> str:
    """The rules of a style sheet that put the dark colours in place of the light ones, in every inline figure."""
    return "\n".join(
        f'svg [{part}="{light}"]{{{part}:{DARK[name]}}}'
        for name, light in COLOURS.items()
        for part in ("fill", "stroke")
    )
