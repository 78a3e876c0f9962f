"""Pretrained weights: where they are, whether they are the right ones, how they are downloaded."""
