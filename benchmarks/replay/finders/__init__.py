"""The LR finders people use, each on its own library's code, each giving the answers of one range test.

A range test is 100 steps with the library's default range and the task's own model, optimizer, loss, clipping and data.
torch-lr-finder and ignite start from the optimizer's LR, which their documentation sets to 1e-7: so does this.
"""

TEST_STEPS = 100
LIBRARIES = ("fastai", "lightning", "torch_lr_finder", "ignite")
METHODS = ("fastai valley", "fastai slide", "fastai steep", "fastai minimum", "lightning", "torch-lr-finder", "ignite")

Answers = dict[str, float | None]
