"""`python -m lookalike` runs the `lookalike` command."""

from lookalike.cli import app

if __name__ == "__main__":
    app(prog_name="lookalike")
