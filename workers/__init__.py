"""Celery workers: they run the steps of jobs and answer searches."""
