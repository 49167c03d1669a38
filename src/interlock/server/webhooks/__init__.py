"""Webhooks: a follower that posts events to targets outside, signed, in order, each at least once.

Only what is durable is posted, and what was posted is noted with `advance_webhook`. A server that dies in between
posts again, under the same webhook-id. No target inside the network is reached unless the settings allow it.
"""
