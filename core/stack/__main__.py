"""`python -m core.stack`: what `lookalike up` runs."""

import sys

from core.stack.up import main

if __name__ == "__main__":
    sys.exit(main())
