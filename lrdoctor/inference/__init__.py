"""Case -> a distribution over the band's edges -> verdict, LR, sweep."""
