"""What may happen: commands, events, decide and apply.

Pure: no I/O, no clock, no randomness, no await; time and the actor come in with the command.
"""
