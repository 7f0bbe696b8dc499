"""Limits that findings hold a measured value against."""

from lrdoctor.limits.limit import Limit

EARLY = Limit(0.2, "share of the run", "a blow-up after it is not early", "provisional")

RECOVERED = Limit(0.9, "end over start", "a run that ends below has trained after all", "provisional")

FLAT = Limit(2.0, "standard errors", "a slope inside its 95 % interval around zero is flat", "two-sided 95 %")

FLAT_GAIN = Limit(
    0.01,
    "share of the progress per 2.7-fold time",
    "less than this is no progress worth waiting for",
    "half of what a good LR may cost in accuracy",
)

FALLING_GAIN = Limit(
    0.03,
    "share of the progress per 2.7-fold time",
    "as much as a good LR may cost in all",
    "good LRs: regret up to 0.03 on accuracy (README)",
)

CARRIED_REACH = Limit(
    2,
    "decades",
    "farther than 100 times the steps or the batch no LR is carried over",
    "the studies in inference/transfer.py",
)

VALUES_COMPARED = Limit(
    3,
    "different values",
    "fewer do not tell by themselves whether a setting follows the LR",
    "as many LRs make a sweep",
)

SAME_RESULT = Limit(1e-4, "share", "a setting this near a logged extreme is that value, rounded", "provisional")

CHOSEN_DIGITS = Limit(
    3,
    "significant digits",
    "people choose settings with up to so many; numbers with two more in every run were measured",
    "the settings of ../shared/samples",
)

SPIKE_SIGMA = Limit(
    6, "sigma", "a loss this far above its local level is no noise", "OLMo's StabilityMonitor: 6 sigma over 128 steps"
)

SPIKE_HEIGHT = Limit(
    0.1, "share of the progress", "smaller rises cost nothing, however far beyond the noise", "provisional"
)

SPIKE_RATE = Limit(
    1.0,
    "spikes a thousand points",
    "rarer ones are single bad batches",
    "3 % of well-tuned runs and 19 % of too-high ones have more: python -m benchmarks findings",
)

DEAD = Limit(
    0.02, "progress over the start", "99 % of well-tuned runs take off 24 % or more", "python -m benchmarks findings"
)

OSCILLATION = Limit(
    -0.25, "correlation of neighbours", "below it the loss alternates beyond chance", "4 standard errors at 250 points"
)

OSCILLATION_POINTS = Limit(64, "points in the last third", "two standard errors are then 0.25", "1 / sqrt(n)")

SHALLOW = Limit(
    0.1,
    "exponent of the loss in time",
    "nine in ten well-tuned runs that still fall are steeper",
    "corpus and DeepOBS; python -m benchmarks findings",
)

ATTAINABLE = Limit(
    0.6,
    "exponent of the loss in time",
    "the median of well-tuned runs that still fall at their end",
    "corpus and DeepOBS, quartiles 0.21 and 1.2: python -m benchmarks findings",
)

EARLY_PLATEAU = Limit(
    0.05, "share of the run", "done this early, nineteen twentieths of the steps bought nothing", "provisional"
)

POOR = Limit(
    0.6,
    "progress over the start",
    "about nine in ten well-tuned runs take off more",
    "corpus and DeepOBS, 10 % quantile 0.55: python -m benchmarks findings",
)

NOISE_FLOOR = Limit(
    0.1, "noise over the progress", "2 % of well-tuned runs end flat on more", "python -m benchmarks findings"
)

NOISY_END = Limit(0.02, "noise over the progress", "less is not worth a schedule", "provisional")

NOT_DECAYED = Limit(0.5, "last LR over its peak", "above it no decay worth the name took place", "provisional")

FAR_FROM_CUSTOM = Limit(
    2.0,
    "decades over the customary LR",
    "one in six well-tuned runs of small tasks lies farther, more than half of those too high",
    "python -m benchmarks findings; provisional for large nets",
)

FULL_AT_ONCE = Limit(0.5, "first LR over its peak", "a warm-up starts lower", "provisional")

EARLY_RISE = Limit(1.2, "highest early loss over the start", "batch noise alone does not reach it", "provisional")

TURNED = Limit(
    0.1,
    "share of validation's gain",
    "less may be the noise of a small validation set",
    "provisional; 8 % of well-tuned runs give back more: python -m benchmarks findings",
)

TURNED_BEFORE = Limit(
    0.8,
    "share of the run",
    "a minimum later than this is the end",
    "provisional; the Tuning Playbook calls the last quarter late",
)

CLIPPED = Limit(0.5, "share of the logged steps", "more makes the threshold the step length", "Tuning Playbook: > 50 %")

CLIPPED_POINTS = Limit(20, "gradient norms", "fewer do not show a share", "provisional")

ROUNDED = Limit(
    0.1, "share of equal neighbours", "raw losses of mini-batches are hardly ever exactly equal", "provisional"
)

MOVED = Limit(
    0.03,
    "share of the progress",
    "as much as a good LR may cost in all",
    "the README's good LRs: regret up to 0.03 on accuracy",
)

ISOLATED = Limit(3, "points in a row", "fewer non-finite losses are single bad batches", "provisional")
