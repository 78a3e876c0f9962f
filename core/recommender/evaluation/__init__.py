"""How good a recommender is: splits, hold-out metrics, comparison with the live generation."""
