"""Training jobs: learn from sales and images, write lists as a generation, and switch to it.

Its imports are heavy: only worker-train imports it.
"""
