"""Followers of the log: they read it and never write."""
