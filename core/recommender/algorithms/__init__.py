"""Recommendation algorithms on top of Surprise, one module each."""
