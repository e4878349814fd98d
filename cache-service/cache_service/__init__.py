"""The semantic cache service."""
