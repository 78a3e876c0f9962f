"""Fits the recipe of vectors to the images of a collection, and decides whether it is used."""
