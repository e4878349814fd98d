"""The management API: tenants, keys, limits, usage, providers, gateway."""
