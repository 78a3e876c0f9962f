"""`python -m embedded`: the entry point of `lookalike up`."""

import sys

from embedded.launcher import main

if __name__ == "__main__":
    sys.exit(main())
