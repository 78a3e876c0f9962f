"""Pretrained weights: where they are, whether they are the right ones, and how to download them."""
