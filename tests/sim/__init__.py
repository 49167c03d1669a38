"""Seeded chaos over kernel and hub.

A world of agents, a network, a disk and hubs lives on a virtual clock; everything that happens in it is drawn
from one seed. An oracle, made only of the durable log and the answers that callers got, says after each
commit and each answer whether a promise was broken. `python -m tests.sim --seed N --profile P` runs one world.
"""
