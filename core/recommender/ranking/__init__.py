"""From the scores of several algorithms to ranked lists."""
