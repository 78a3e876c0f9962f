"""Ranges of prices."""

_DIGITS = 6


def around(price: float, share: float) -> dict[str, float]:
    """Return the condition for prices that differ from a price by at most a share of it.

    The bounds are rounded to 6 decimals, so that 13 is within 0.3 of 10.
    """
    difference = abs(price) * share
    return {"gte": round(price - difference, _DIGITS), "lte": round(price + difference, _DIGITS)}
