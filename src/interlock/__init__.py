"""Interlock: the coordination plane for fleets of LLM agents."""
