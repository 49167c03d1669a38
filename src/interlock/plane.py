"""The front door: one async API over an embedded or a remote hub."""
