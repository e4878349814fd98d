"""The front door: tenants, virtual keys, usage, and the streaming edge to LiteLLM and Kong."""
