"""The remote half of the front door."""
