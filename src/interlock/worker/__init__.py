"""Runs agents: pull loop, heartbeats, drain."""
