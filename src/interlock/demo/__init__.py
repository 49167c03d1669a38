"""The document fleet, built on the public front door only."""
