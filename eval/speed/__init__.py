"""How fast, told as ratios: ours and another way of doing the same, one after the other in the same run."""
