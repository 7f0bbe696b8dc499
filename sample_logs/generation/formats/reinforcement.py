"""A policy that learns: proximal policy optimisation on the cart and pole, at Stable-Baselines3's own settings."""

from pathlib import Path

from generation.formats.form import Own


def ppo(folder: Path) -> None:
    """Train, with Stable-Baselines3's CSV logger."""
    from stable_baselines3 import PPO
    from stable_baselines3.common.logger import configure

    model = PPO("MlpPolicy", "CartPole-v1", seed=0, n_steps=256, device="cpu")
    model.set_logger(configure(str(folder), ["csv"]))
    model.learn(total_timesteps=30_000, log_interval=1)


FORMS = (Own("sb3-ppo", "stable-baselines", "stable-baselines3 2.9 CSV logger", "inconclusive", ppo),)
