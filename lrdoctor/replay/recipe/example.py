"""The recipe that `lrdoctor replay --init` writes: small, complete, every option with what it does."""

EXAMPLE = '''"""What `lrdoctor replay` reruns: everything of a training script but its loop.

    lrdoctor replay replay_recipe.py            # calls recipe() below; another function: replay_recipe.py:name

Put your own model, data, loss and optimizer in their places.  Nothing here is trained in place: replay works on
copies, for a few hundred steps each.  Code that trains belongs under `if __name__ == "__main__":`.
"""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lrdoctor.replay import Recipe

STEPS = 3000


def data():
    """Points in the plane, labelled by the ring they lie in, one label in twenty wrong."""
    points = torch.randn(4096, 2)
    labels = (points.norm(dim=1) * 1.5).long().clamp(max=3)
    wrong = torch.rand(4096) < 0.05
    labels[wrong] = torch.randint(4, (int(wrong.sum()),))
    return TensorDataset(points, labels)


def loss(model, batch):
    """The training loss of one batch.  Use the model that is given: it is a copy of the recipe's."""
    points, labels = batch
    return nn.functional.cross_entropy(model(points), labels)


def recipe():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 4))
    loader = DataLoader(data(), batch_size=64, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.01)
    return Recipe(
        # The network with the weights that training starts from; on the CPU or where it is trained.
        model=model,
        # The training batches: a DataLoader, or a function that gives a fresh pass over them whenever it is called.
        # Shuffle: the order is drawn anew.
        batches=loader,
        # Takes a model and a batch, gives one number to minimise, as a tensor, or an output that holds it as `.loss`.
        loss=loss,
        # Any torch optimizer over the model's parameters, with the LR that you would train with (the peak, where a
        # scheduler warms up).  Parameter groups with LRs of their own keep their ratio to the first group's.
        optimizer=optimizer,
        # Optimizer steps that the real training takes.
        steps=STEPS,
        # How the LR moves over those steps: a function that makes a scheduler from an optimizer, or a scheduler on the
        # optimizer above.  It is compressed to the length of every rerun.  None: the LR stays.
        scheduler=lambda optimizer: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS),
        # How often the training steps the scheduler, where that is not after every optimizer step: once an epoch is
        # `scheduler_steps=epochs`.
        scheduler_steps=None,
        # Instead of a scheduler a function of the step: it gives the LR, or its share of the optimizer's.
        schedule=None,
        # Gradients are clipped to this norm (torch.nn.utils.clip_grad_norm_).  None: they are not.
        clip_norm=None,
        # Batches whose gradients are averaged into one optimizer step.
        accumulate=1,
        # Mixed precision: the data type that torch.autocast computes in, such as torch.bfloat16.  None: float32.
        autocast=None,
        # The gradient scaler of float16 training: torch.amp.GradScaler().  None: gradients are not scaled.
        scaler=None,
        # Batches that are never trained on, as `batches` are given: reruns are compared on the first of them.  None:
        # on the next training batches, which are new within the first pass over the data alone.
        validation=None,
        # What counts on them: metric(model, batch) is a number, such as an accuracy.  None: the loss.
        metric=None,
        # Whether a higher metric is better.
        maximize=False,
        # Called with the model and the optimizer when a step's gradients are there, before they are clipped.
        before_step=None,
    )


# With PyTorch Lightning:
#     from lrdoctor.replay import from_lightning
#     def recipe():
#         return from_lightning(MyModule(), MyDataModule(), trainer=Trainer(max_epochs=10))
#
# With Hugging Face:
#     from lrdoctor.replay import from_trainer
#     def recipe():
#         return from_trainer(Trainer(model, args, train_dataset=dataset))
'''
