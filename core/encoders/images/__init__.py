"""Image decoding and preprocessing."""
