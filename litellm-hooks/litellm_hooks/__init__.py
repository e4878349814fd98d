"""Pith inside the LiteLLM proxy: looks up, compresses and stores through the two services, and fails open."""
