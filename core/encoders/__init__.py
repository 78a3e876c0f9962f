"""Encoders turn images into unit vectors: a network with its preprocessing and pooling.

Nothing is imported here: the API only reads `catalogue`; workers call `factory.open_encoder`.
"""
