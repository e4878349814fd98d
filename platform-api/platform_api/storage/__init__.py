"""Where tenants, keys and usage events are kept."""
