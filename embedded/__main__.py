"""`python -m embedded`: what `lookalike up` runs."""

import sys

from embedded.launcher import main

if __name__ == "__main__":
    sys.exit(main())
