"""What the shop knows: encoders, vectors, items, jobs. No HTTP, no Celery."""
