"""The command `pith eval`: how much of what matters survives, without asking an LLM."""
