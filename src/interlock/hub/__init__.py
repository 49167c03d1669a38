"""Who decides: owns one shard, batches, commits, wakes waiters and runs timers."""
