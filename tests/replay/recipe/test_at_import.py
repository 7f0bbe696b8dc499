"""Scripts that train as soon as they are imported."""

from pathlib import Path

import pytest

from lrdoctor.replay.recipe.at_import import trains_at_import

TRAINING = {
    "for x in loader:\n    loss = f(x)\n    loss.backward()\n": 3,
    "import keras\nmodel.fit(x, y)\n": 2,
    "if torch.cuda.is_available():\n    trainer.train()\n": 2,
    "with open('log') as log:\n    while True:\n        self.trainer.train()\n": 3,
}
QUIET = [
    "def main():\n    for x in loader:\n        f(x).backward()\n",
    'if __name__ == "__main__":\n    trainer.fit(model)\n',
    "model.train()\nmodel = Net()\n",
    "class Net:\n    def step(self):\n        self.loss.backward()\n",
    "for name in names:\n    print(name)\n",
    "def broken(:\n",
    "\0",
]


@pytest.mark.parametrize("text", TRAINING)
def test_the_line_is_told(tmp_path: Path, text: str) -> None:
    script = tmp_path / "train.py"
    script.write_text(text)
    assert trains_at_import(script) == TRAINING[text]


@pytest.mark.parametrize("text", QUIET)
def test_nothing_of_the_kind(tmp_path: Path, text: str) -> None:
    script = tmp_path / "train.py"
    script.write_text(text)
    assert trains_at_import(script) is None
    assert trains_at_import(tmp_path / "none.py") is None
