"""Turns the scores of several algorithms into ranked lists."""
