"""One module per kind of job; they know no Celery and no HTTP."""
