"""The front door: which path goes where, who asks, and the streaming proxy."""
