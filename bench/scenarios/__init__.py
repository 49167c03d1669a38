"""The list of what is measured: each module offers `scenarios()`, and imports no peer to do so."""
