"""Sales and looks become lists: learned, written under a generation, and put into use whole.

What it imports is heavy: only worker-train does so.
"""
