"""Pretrained weights: finding, checking and downloading them."""
