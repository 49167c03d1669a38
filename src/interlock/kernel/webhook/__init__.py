"""Webhooks: targets outside to which the events of the log are posted, in order and at least once.

Invariants: a webhook's position only grows, and what stands at or before it was delivered, was not wanted, or is a
dead letter. The kernel keeps the signing secret sealed: only a server can open it. What a webhook's own progress
writes into the log is posted to no webhook, so that none feeds itself.
"""
