"""Text with losses that is no training: refused with what it seems; and its look-alikes, which are read."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

import lrdoctor
from lrdoctor.records.diagnosis import Verdict
from tests.reading.formats.line_logs import written


def loss(step: float) -> float:
    return round(2 * math.exp(-step / 10) + 0.4 + 0.02 * math.sin(step * 7), 4)


def each(line: Callable[[int], str], steps: range = range(40)) -> str:
    return "".join(line(step) + "\n" for step in steps)


# The text; what the refusal says of it.
REFUSED: dict[str, tuple[str, str]] = {
    "evaluation: batches": (each(lambda i: f"Eval batch {i}/40: loss {loss(i)}"), "validation losses only"),
    "evaluation: a bar": (
        each(lambda i: f"\rEvaluating: 5%|█| {i}/40 [00:01, loss={loss(i)}]"),
        "validation losses only",
    ),
    "evaluation: a heading": (
        "Loading best.pt\nTesting...\n" + each(lambda i: f"[{i}/40] loss: {loss(i)} acc: 0.5"),
        "validation losses only",
    ),
    "items: layers": (each(lambda i: f"layer {i}: reconstruction loss {loss(i)}"), "scores by layer"),
    "items: blocks": (each(lambda i: f"Quantizing block {i}/40 ... loss: {loss(i)}"), "scores by quantizing block"),
    "items: modules": (each(lambda i: f"[GPTQ] module {i} bits=4 loss={loss(i)}"), "scores by module"),
    "items: clients": (each(lambda i: f"client {i}: loss {loss(i)} acc 0.5"), "scores by client"),
    "items: patients": (each(lambda i: f"10:00:00 INFO patient #{i} dice_loss={loss(i)}"), "scores by patient"),
    "items: documents": (each(lambda i: f"Document {i}/40: loss = {loss(i)}, ppl = 2.0"), "scores by document"),
    "items: samples": (each(lambda i: f"sample {i}: loss {loss(i)}"), "scores by sample"),
    "items: files": (each(lambda i: f"loss {loss(i)} wer 0.5 for audio_{i:03d}.wav"), "scores by file"),
    "attacks: PGD": (each(lambda i: f"PGD step {i}: loss {loss(i)}"), "an attack on a model"),
    "attacks: iterations": (each(lambda i: f"attack iteration {i}/40 loss={loss(i)}"), "an attack on a model"),
    "quantities: heat": (each(lambda i: f"t={i} heat_loss={loss(i)} W"), "a text of heat_loss"),
    "quantities: a sensor": (each(lambda i: f"temperature=20.{i} power loss={loss(i)} kW"), "a text of power loss"),
    "quantities: stop loss": (
        each(lambda i: f"order {i} stop loss: {loss(i)} take profit: 9.5"),
        "a text of stop loss",
    ),
    "quantities: packets": (each(lambda i: f"10:00:{i:02d} host=gw loss={loss(i)}% rtt=10.1ms"), "measurements"),
    "boosting: CatBoost": (
        each(lambda i: f"{i}:\tlearn: {loss(i)}\ttest: {loss(i)}\tbest: 0.5 ({i})\ttotal: 1ms\tremaining: 3ms"),
        "boosted trees",
    ),
    "boosting: by histograms": (
        each(lambda i: f"[{i}/40] 1 tree, 31 leaves, max depth = 9, train loss: {loss(i)}, in 0.01s"),
        "boosted trees",
    ),
    "boosting: NGBoost": (
        each(lambda i: f"[iter {i}] loss={loss(i)} val_loss=0.0000 scale=1.0000 norm=0.7"),
        "boosted trees",
    ),
    "rewards: a box": (each(lambda i: f"| rollout/ | |\n|    ep_rew_mean | {i}.5 |\n----"), "reinforcement learning"),
    "rewards: a line": (
        each(lambda i: f"Step: {i}. Mean Reward: {i}.5. Std of Reward: 0.7."),
        "reinforcement learning",
    ),
    "search: Optuna": (
        each(lambda i: f"[I 2023-01-01] Trial {i} finished with value: {loss(i)} and parameters: {{'lr': 0.1}}."),
        "a search over settings",
    ),
    "search: GridSearchCV": (
        each(lambda i: f"[CV 1/5] END C={i}, gamma=0.1;, score=0.868 total time=   0.0s"),
        "a search over settings",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_training_is_refused_as_what_it_seems(tmp_path: Path, kind: str) -> None:
    text, reason = REFUSED[kind]
    with pytest.raises(lrdoctor.UnreadableError, match=reason):
        lrdoctor.read(written(tmp_path, text, "out.log"))


# Trainings whose rows speak of such things too.
READ = [
    each(lambda i: f"epoch {i} client 3: loss {loss(i)}"),
    each(lambda i: f"step {i} layer 12 loss: {loss(i)} temperature: 0.7"),
    each(lambda i: f"Epoch {i}: adv_loss 0.1 loss {loss(i)} PGD steps 10"),
    each(lambda i: f"adversarial training step {i} loss {loss(i)}"),
    each(lambda i: f"epoch {i}: power_loss={loss(i)}"),
    each(lambda i: f"epoch {i}: loss={loss(i)}%"),
    each(lambda i: f"samples {i * 100}: loss {loss(i)}"),
    each(lambda i: f"rank 0 batch loss: {loss(i)}"),
    each(lambda i: f"Epoch {i}\nblock 3 loss {loss(i)}"),
]


@pytest.mark.parametrize("text", READ)
def test_trainings_that_speak_of_such_things(tmp_path: Path, text: str) -> None:
    [run] = lrdoctor.read(written(tmp_path, text, "out.log"))
    assert max(map(len, run.series.values())) == 40


EPISODES = [
    ("log.csv", "episode,reward,length,loss\n" + each(lambda i: f"{i},{i},10,{loss(i)}")),
    ("log.csv", "num_episodes,mean_return,loss\n" + each(lambda i: f"{i},{i},{loss(i)}")),
    ("out.log", each(lambda i: f"Episode {i} reward {i}.0 loss {loss(i)}")),
    ("out.log", each(lambda i: f"Ep: {i} | Return: {i}.0 | epsilon: 0.1 | loss: {loss(i)}")),
]


@pytest.mark.parametrize(("name", "text"), EPISODES)
def test_what_episodes_earn_gets_no_verdict(tmp_path: Path, name: str, text: str) -> None:
    [run] = lrdoctor.read(written(tmp_path, text, name))
    found = lrdoctor.diagnose(run)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert "reinforcement learning" in found.reason
