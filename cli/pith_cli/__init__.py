"""The command pith."""
