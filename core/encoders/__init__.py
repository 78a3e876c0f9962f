"""Encoders: networks that turn images into unit vectors, with their preprocessing and pooling.

Nothing is imported here: the API reads only `catalogue`; workers call `factory.open_encoder`.
"""
