"""The web console, one module per page; there is no page yet."""
