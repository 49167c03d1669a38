"""Benchmarks of Interlock beside its peers and beside the raw limits of the machine, in one run.

Invariants: each scenario is measured in a fresh child process with a hard time limit; a scenario
that fails is reported with its error, never dropped; every row says whether its steps were durable.
"""
