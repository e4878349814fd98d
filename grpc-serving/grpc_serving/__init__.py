"""Runs one gRPC servicer well; knows no prompt, key, model or store."""
