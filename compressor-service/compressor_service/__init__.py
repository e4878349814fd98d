"""The prompt compressor service."""
