"""The job that keeps similar lists up to date, and what requests it."""
