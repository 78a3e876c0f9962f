"""Evaluation of a recommender: splits, hold-out metrics, comparison with the live generation."""
