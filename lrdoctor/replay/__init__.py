"""Short reruns that settle what a log cannot say: the only room that imports torch (extra `replay`).

    recipe --ramps, arms, curvature--> evidence --> the same distribution over the band of good LRs --> Replay

`replay(recipe)` answers; `Recipe` says what is trained; `from_lightning` and `from_trainer` make one from
a LightningModule with its DataModule and from a Hugging Face `Trainer`.  `replay_function` and `replay_command` rerun
what has no recipe, without torch.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lrdoctor.replay.answer import replay
    from lrdoctor.replay.functions.answer import replay_command, replay_function
    from lrdoctor.replay.recipe.adapters.lightning import from_lightning
    from lrdoctor.replay.recipe.adapters.trainer import from_trainer
    from lrdoctor.replay.recipe.recipe import Recipe

__all__ = ["Recipe", "from_lightning", "from_trainer", "replay", "replay_command", "replay_function"]

_HOME = {
    "Recipe": "recipe.recipe",
    "from_lightning": "recipe.adapters.lightning",
    "from_trainer": "recipe.adapters.trainer",
    "replay": "answer",
    "replay_command": "functions.answer",
    "replay_function": "functions.answer",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: torch takes a second."""
    if name not in _HOME:
        raise AttributeError(f"module 'lrdoctor.replay' has no attribute {name!r}")
    from importlib import import_module

    from lrdoctor.errors import MissingExtraError

    try:
        home = import_module(f"lrdoctor.replay.{_HOME[name]}")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingExtraError("replay needs PyTorch: pip install 'lrdoctor[replay]'") from error
    value = getattr(home, name)
    globals()[name] = value
    return value
