"""The console: people watch and steer the fleet in a browser.

Static modules without a build step, served from memory under a strict policy. They use nothing but the public
verbs and the stream of events, with the key of whoever looks: the console itself may do nothing.
"""
