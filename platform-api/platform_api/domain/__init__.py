"""What a tenant, a virtual key and a usage event are, and their rules."""
