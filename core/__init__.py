"""Domain logic: encoders, vectors, items, jobs and the recommender, without HTTP or Celery."""
