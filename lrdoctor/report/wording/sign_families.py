"""Which measured quantities say much the same, and which are not seen in the curve."""

from collections.abc import Mapping
from types import MappingProxyType

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("t50", "t80", "t95", "t99", "done_1", "done_3", "done_10", "done_30", "steepest"), "when"),
        **dict.fromkeys(("t10_steps", "t50_steps", "steps", "points", "time_before"), "how long"),
        **dict.fromkeys(("end_slope", "end_slope_80", "end_slope_t", "late_gain", "law_next"), "end"),
        **dict.fromkeys(("level_slope", "level_slope_t", "level_change"), "change"),
        **dict.fromkeys(
            ("noise_of_descent", "spread", "descent_over_noise", "noise_of_level", "level_spread"), "noise"
        ),
        **dict.fromkeys(("slow_noise", "slow_excess", "level_wandering"), "wandering"),
        **dict.fromkeys(("highest", "early_peak", "blow_up_time", "highest_of_level"), "above"),
        **dict.fromkeys(("depth", "net_change", "end_over_start"), "how far"),
        **dict.fromkeys(("when_lowest", "rise_from_lowest"), "given back"),
        **dict.fromkeys(("goal_half", "goal_most", "goal_tolerated"), "validation when"),
        **dict.fromkeys(("goal_late", "goal_late_best", "goal_falling", "cost_change"), "validation end"),
        **dict.fromkeys(("loss_half", "loss_most", "loss_tolerated", "loss_best_at"), "validation loss when"),
        **dict.fromkeys(("loss_late", "loss_late_best", "loss_falling", "loss_rise"), "validation loss end"),
        **dict.fromkeys(("over_customary_adaptive", "over_customary_sgd", "log_lr"), "usual"),
        **dict.fromkeys(("decay_drop", "law_released", "end_lr", "used_time"), "schedule"),
    }
)
"""Quantities that say much the same: of each family one reason is enough."""

BEYOND_THE_CURVE = frozenset(
    {"over_customary_adaptive", "over_customary_sgd", "log_lr", "points", "steps", "time_before", "end_lr", "used_time"}
)
"""What is not seen in the curve: told last."""
