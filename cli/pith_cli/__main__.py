"""Runs the command as `python -m pith_cli`."""

from pith_cli.main import app

if __name__ == "__main__":
    app(prog_name="pith")
