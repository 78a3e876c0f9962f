"""Sales files come in, or go; what was learned from them follows by a training."""
