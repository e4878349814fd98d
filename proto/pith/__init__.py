"""Generated gRPC stubs of Pith; regenerate with `make proto`."""
