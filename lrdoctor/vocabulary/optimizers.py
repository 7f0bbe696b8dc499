"""The optimizers that are known: what each is called, what LR people begin with, what it does to a gradient.

To add one: a row of `OPTIMIZERS`.  Settings then name it, custom and its finding know its LR, and replay how the best
LR drifts with the length of a run.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

from lrdoctor.records.run import HParam, Series
from lrdoctor.vocabulary.setting_keys import key_path, peak_lr, setting_number
from lrdoctor.vocabulary.tags import words

StepKind: TypeAlias = Literal["plain", "momentum", "averaged", "scaled", "fading", "sign", "unknown"]
"""What a step makes of the gradients: takes the last one, averages them, averages and scales them by their size, scales
the last one, scales it by all that were, takes a sign; or nobody has looked how its best LR drifts."""

OPTIMIZER_KEYS = frozenset({"optimizer", "optim", "opt", "optimizer_name", "optimizer_type", "optim_name", "optimiser"})
# `optimizer/_target_`; torchtune's `optimizer/_component_`.
OPTIMIZER_LEAVES = frozenset({"name", "type", "class_path", "target", "component", "class_name", "class"})

MOMENTUM_KEYS = frozenset({"momentum", "sgd_momentum", "optimizer_momentum"})


@dataclass(frozen=True)
class Optimizer:
    """One optimizer.

    Args:
        name: as reports write it.
        spellings: what settings call it, in lower case, words joined.
        customary_lr: what people begin with.
        source: of that LR.
        step: what it does to a gradient; `replay/belief/other_tasks.py` says what follows.
        sets_own: what it does instead, where it sets the length of its steps by itself and its LR is a factor on that.
    """

    name: str
    spellings: tuple[str, ...]
    customary_lr: float
    source: str
    step: StepKind
    sets_own: str = ""


_DISTANCE = "it estimates the distance to the solution and takes its steps from that"
OPTIMIZERS: tuple[Optimizer, ...] = (
    Optimizer("SGD", ("sgd", "gd", "sgdw", "decoupledsgdw", "csgdw"), 10**-1.5, "Keras 0.01, papers 0.1", "plain"),
    Optimizer(
        "SGD+momentum",
        ("momentum", "nesterov", "sgdmomentum", "sgdm", "sgdwithmomentum", "nag"),
        10**-2.5,
        "a tenth of SGD's: a momentum of 0.9 adds up ten steps",
        "momentum",
    ),
    Optimizer(
        "Adam",
        ("adam", "fusedadam", "adammini", "onebitadam", "zerooneadam", "distributedadam", "fairseqadam"),
        1e-3,
        "torch, Keras; Kingma and Ba 2014, arXiv:1412.6980",
        "averaged",
    ),
    Optimizer(
        "AdamW",
        (
            *(
                "adamw",
                "decoupledadamw",
                "adamweightdecay",
                "bertadam",
                "stableadamw",
                "adamwwithweightdecay",
            ),
            *("adamwfp8", "adamw4bit", "adamw8bit", "grokadamw"),
        ),
        1e-3,
        "torch; Loshchilov and Hutter 2017, arXiv:1711.05101",
        "averaged",
    ),
    Optimizer("RAdam", ("radam", "rectifiedadam"), 1e-3, "torch; Liu et al. 2019, arXiv:1908.03265", "averaged"),
    # Its second moment is of how gradients differ from their mean; nobody has looked here how its best LR drifts.
    Optimizer("AdaBelief", ("adabelief",), 1e-3, "Zhuang et al. 2020, arXiv:2010.07468", "unknown"),
    # On seven tasks the best LRs of these two drifted less than Adam's.
    Optimizer("NAdam", ("nadam", "nadamw"), 2e-3, "torch; Dozat 2016", "unknown"),
    Optimizer("Adamax", ("adamax",), 2e-3, "torch; arXiv:1412.6980, section 7.1", "unknown"),
    Optimizer("RMSprop", ("rmsprop",), 1e-3, "Keras; Hinton's lecture 6e", "scaled"),
    Optimizer("Adafactor", ("adafactor",), 1e-2, "Shazeer and Stern 2018, arXiv:1804.04235", "scaled"),
    Optimizer("Adagrad", ("adagrad",), 1e-2, "torch; Duchi et al. 2011", "fading"),
    Optimizer("Lion", ("lion", "clion"), 1e-4, "Chen et al. 2023, arXiv:2302.06675", "sign"),
    Optimizer("Signum", ("signum", "signsgd", "signsgdm", "signmomentum"), 1e-4, "as Lion's: arXiv:1802.04434", "sign"),
    Optimizer(
        "Muon",
        (
            "muon",
            "singledevicemuon",
            "muonwithauxadam",
            "singledevicemuonwithauxadam",
            "adamuon",
            "normuon",
            "muonclip",
        ),
        2e-2,
        "Jordan et al. 2024: 0.02 for matrices",
        "unknown",
    ),
    Optimizer("SOAP", ("soap",), 3e-3, "Vyas et al. 2024, arXiv:2409.11321", "unknown"),
    Optimizer("Shampoo", ("shampoo", "distributedshampoo", "scalableshampoo"), 1e-3, "arXiv:2309.06497", "unknown"),
    Optimizer("Sophia", ("sophia", "sophiag", "sophiah"), 4e-4, "Liu et al. 2023, arXiv:2305.14342", "unknown"),
    Optimizer(
        "AdEMAMix", ("ademamix", "simplifiedademamix"), 1e-3, "Pagliardini et al. 2024, arXiv:2409.03137", "averaged"
    ),
    Optimizer(
        "LAMB",
        ("lamb", "fusedlamb", "fusedmixedprecisionlamb", "lambw", "nvlamb"),
        2e-3,
        "You et al. 2019, arXiv:1904.00962",
        "unknown",
    ),
    Optimizer(
        "LARS", ("lars", "lars4", "fusedlars"), 1.0, "You et al. 2017, arXiv:1708.03888: tenths to tens", "unknown"
    ),
    Optimizer("Adan", ("adan",), 1e-3, "Xie et al. 2022, arXiv:2208.06677", "unknown"),
    Optimizer("CAME", ("came",), 2e-4, "Luo et al. 2023, arXiv:2307.02047", "unknown"),
    Optimizer("Adadelta", ("adadelta",), 1.0, "torch; Zeiler 2012, arXiv:1212.5701", "unknown"),
    Optimizer("ASGD", ("asgd",), 1e-2, "torch; Polyak and Juditsky 1992", "unknown"),
    Optimizer(
        "GaLore AdamW",
        ("galoreadamw", "galoreadamwlayerwise", "apolloadamw", "apolloadamwlayerwise"),
        1e-2,
        "Zhao et al. 2024, arXiv:2403.03507",
        "averaged",
    ),
    Optimizer(
        "schedule-free AdamW",
        ("adamwschedulefree", "schedulefreeadamw", "adamschedulefree", "schedulefreeadam", "schedulefree"),
        2.5e-3,
        "Defazio et al. 2024, arXiv:2405.15682",
        "averaged",
    ),
    Optimizer(
        "schedule-free RAdam", ("radamschedulefree", "schedulefreeradam"), 2.5e-3, "arXiv:2405.15682", "averaged"
    ),
    Optimizer("schedule-free SGD", ("sgdschedulefree", "schedulefreesgd"), 1.0, "arXiv:2405.15682: 1 to 10", "unknown"),
    Optimizer(
        "Prodigy", ("prodigy", "prodigyplus", "prodigyplusschedulefree"), 1.0, "arXiv:2306.06101", "unknown", _DISTANCE
    ),
    Optimizer(
        "D-Adaptation",
        (
            "dadaptation",
            "dadaptadam",
            "dadaptadamw",
            "dadaptsgd",
            "dadaptlion",
            "dadaptadagrad",
            "dadaptadan",
            "dadaptadampreprint",
        ),
        1.0,
        "arXiv:2301.07733",
        "unknown",
        _DISTANCE,
    ),
    Optimizer("DoG", ("dog", "ldog", "dowg", "ldowg"), 1.0, "arXiv:2302.12022", "unknown", _DISTANCE),
    Optimizer(
        "MoMo", ("momo", "momoadam"), 1.0, "arXiv:2305.07583", "unknown", "it sets its steps from the loss itself"
    ),
    Optimizer(
        "AdaBound",
        ("adabound", "adaboundw", "amsbound"),
        1e-3,
        "arXiv:1902.09843",
        "unknown",
        "its steps turn from Adam's into SGD's, at an LR of their own (final_lr)",
    ),
)

CUSTOMARY: Mapping[str, float] = MappingProxyType(
    {one.name: one.customary_lr for one in OPTIMIZERS if not one.sets_own}
)
"""The LR that people begin with, by the optimizer's name; not of those that set the length of their steps."""

SETS_OWN: Mapping[str, str] = MappingProxyType({one.name: one.sets_own for one in OPTIMIZERS if one.sets_own})
"""What an optimizer does that sets the length of its steps by itself, by its name."""

PLAIN = frozenset(one.name for one in OPTIMIZERS if one.step in {"plain", "momentum"})
"""Those whose LR has the scale of the gradients."""

_BY_SPELLING = MappingProxyType({spelling: one.name for one in OPTIMIZERS for spelling in one.spellings})
_STEPS: Mapping[str, StepKind] = MappingProxyType({one.name: one.step for one in OPTIMIZERS})

# How an implementation is named does not matter: `paged_adamw_8bit`, `adamw_torch_fused`, `torch.optim.AdamW`.
_IMPLEMENTATION = frozenset(
    {"torch", "optim", "optimizers", "optimizer", "optimizernames", "hf", "bnb", "8bit", "32bit", "4bit", "paged"}
    | {"fused", "apex", "xla", "npu", "anyprecision", "keras", "tf", "lib", "bitsandbytes", "transformers", "foreach"}
)
_DOTTED = re.compile(r"\b[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_VARIANT = re.compile(
    r"^(?:paged|fused|deepspeedcpu|foreach|distributedfused|cpu|bnb)|(?:4|8|32)bit$|fp8$"
)  # `PagedAdamW8bit`, `FusedAdam`
_PARTS = re.compile(r"[,;:(){}'\"\[\]\s<>=]+")
_MOMENTUM = re.compile(r"momentum\D{0,3}0?\.\d*[1-9]|with momentum|nesterov\W{0,3}true")


def normalised_optimizer(text: str) -> str | None:
    """The optimizer that a setting such as `adamw_torch` or `SGD (momentum=0.9)` names; None where it is not known.

    >>> [normalised_optimizer(text) for text in ("paged_adamw_8bit", "torch.optim.sgd.SGD", "auto")]
    ['AdamW', 'SGD', None]
    """
    # `<class 'torch.optim.adamw.AdamW'>`, `functools.partial(<class ...>)`: the module may be named as the class is.
    # `SGD, momentum 0.9`, `{'type': 'AdamW', 'lr': 0.1}`, `<function adamw at 0x7f>`: the first part that is a name.
    parts = [part for part in _PARTS.split(text) if part.strip()]
    places = (text.split("(")[0], *_DOTTED.findall(text), *parts[:4])
    name = next((name for place in places if (name := _by_name(place))), None)
    if name == "SGD" and _MOMENTUM.search(text.lower()):
        return "SGD+momentum"
    return name


_ADAMS_KIN = frozenset({"NAdam", "Adamax", "AdaBelief", "Adan", "LAMB", "CAME", "Sophia", "SOAP"})


def is_adam_like(optimizer: str) -> bool:
    """Whether an optimizer's LR can be carried over from Adam's: it averages the gradients and scales them by size."""
    return step_kind(optimizer) == "averaged" or optimizer in _ADAMS_KIN


def step_kind(optimizer: str | None) -> StepKind:
    """What an optimizer, by its name here, does to a gradient."""
    return "unknown" if optimizer is None else _STEPS.get(optimizer, "unknown")


def _by_name(text: str) -> str | None:
    """The optimizer of a name, or of the class that ends a dotted path."""
    name = "".join(word for word in words(text) if word not in _IMPLEMENTATION).removesuffix("optimizer")
    last = words(text.rpartition(".")[2])
    return _BY_SPELLING.get(name) or _BY_SPELLING.get(_VARIANT.sub("", last[0]) if len(last) == 1 else "")


def optimizer_texts(hparams: Mapping[str, HParam]) -> Iterator[str]:
    """Every setting that may name the optimizer, the most direct first."""
    naming = [
        (len(path), str(raw))
        for key, raw in hparams.items()
        if (path := key_path(key))[-1] in OPTIMIZER_KEYS
        or (path[-1] in OPTIMIZER_LEAVES and OPTIMIZER_KEYS.intersection(path[:-1]))
    ]
    yield from (text for _, text in sorted(naming, key=lambda one: one[0]))


def optimizers_of_tags(tags: Iterable[str]) -> Iterator[str]:
    """What Lightning's LearningRateMonitor calls the optimizer: `lr-AdamW/pg1`."""
    for tag in tags:
        if tag.lower().startswith("lr-"):
            yield tag[3:].split("/")[0].split("-")[0]


def has_momentum(hparams: Mapping[str, HParam]) -> bool:
    """Whether a setting says that SGD has momentum."""
    for key, raw in hparams.items():
        leaf = key_path(key)[-1]
        if leaf in MOMENTUM_KEYS and (setting_number(raw) or 0) > 0:
            return True
        if leaf == "nesterov" and raw is True:
            return True
    return False


def logs_momentum(series: Mapping[str, Series]) -> bool:
    """Whether a momentum is logged beside SGD's LR."""
    return any(tag.startswith("lr-SGD") and tag.endswith("-momentum") and peak_lr(s) for tag, s in series.items())
