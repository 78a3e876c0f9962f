"""Surprise algorithms that learn from purchases: one module each."""
