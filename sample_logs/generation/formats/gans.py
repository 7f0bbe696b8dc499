"""A pix2pix in small: a generator that draws the lower half of a digit below the upper one, and a discriminator."""

import time
from pathlib import Path

from generation.formats.form import Own

EPOCHS, BATCH, EVERY = 12, 4, 100
LAMBDA_L1 = 100.0


def pix2pix(folder: Path) -> None:
    """Train with pix2pix's losses, optimizer and LR; each line as its `print_current_losses` writes it."""
    import torch
    from sklearn.datasets import load_digits
    from torch import nn

    torch.manual_seed(0)
    digits = torch.tensor(load_digits().images[:1500], dtype=torch.float32).reshape(-1, 64) / 8 - 1
    generator = nn.Sequential(nn.Linear(32, 128), nn.ReLU(), nn.Linear(128, 32), nn.Tanh())
    discriminator = nn.Sequential(nn.Linear(64, 128), nn.LeakyReLU(0.2), nn.Linear(128, 1))
    adams = [torch.optim.Adam(net.parameters(), lr=2e-4, betas=(0.5, 0.999)) for net in (generator, discriminator)]
    adversarial = nn.BCEWithLogitsLoss()

    def judged(upper: torch.Tensor, lower: torch.Tensor, real: float) -> torch.Tensor:
        score = discriminator(torch.cat([upper, lower], 1))
        return adversarial(score, torch.full_like(score, real))

    lines = [f"================ Training Loss ({time.strftime('%c', time.gmtime(1_670_000_000))}) ================"]
    total = 0
    for epoch in range(1, EPOCHS + 1):
        for batch, chosen in enumerate(torch.randperm(len(digits)).split(BATCH), start=1):
            upper, lower = digits[chosen].split(32, 1)
            drawn = generator(upper)
            fake, true = judged(upper, drawn.detach(), 0.0), judged(upper, lower, 1.0)
            adams[1].zero_grad()
            (0.5 * (fake + true)).backward()
            adams[1].step()
            gan, l1 = judged(upper, drawn, 1.0), LAMBDA_L1 * (drawn - lower).abs().mean()
            adams[0].zero_grad()
            (gan + l1).backward()
            adams[0].step()
            total += BATCH
            if total % EVERY == 0:
                losses = {"G_GAN": gan, "G_L1": l1, "D_real": true, "D_fake": fake}
                told = "".join(f"{name}: {value.item():.3f} " for name, value in losses.items())
                lines.append(f"(epoch: {epoch}, iters: {batch * BATCH}, time: 0.001, data: 0.000) {told}")
    (folder / "loss_log.txt").write_text("\n".join(lines) + "\n")


FORMS = (Own("pix2pix-loss-log", "cyclegan", "pix2pix's shape, of a real small training", "inconclusive", pix2pix),)
