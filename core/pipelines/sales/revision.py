"""Stops training jobs in progress from publishing what they learned from deleted sales."""

from core.storage import GenerationStore


def raise_revision(generations: GenerationStore) -> None:
    """Stop training jobs in progress from publishing lists or continuing on other workers."""
    for generation in generations.ids():
        generations.drop_snapshot(generation)
    recommender = generations.recommender()
    update = {"revision": recommender.revision + 1}
    generations.put_recommender(recommender.model_copy(update=update))
