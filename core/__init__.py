"""Domain logic: encoders, vectors, items, jobs, recommender. No HTTP, no Celery."""
