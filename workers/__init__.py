"""Celery's side: what runs the jobs."""
