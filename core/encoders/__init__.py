"""Networks that turn pictures into unit vectors, and the pictures' way in.

Nothing is imported here: the front end reads `catalogue` alone, workers call
`opening.open_encoder`.
"""
