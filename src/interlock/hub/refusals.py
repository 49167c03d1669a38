"""What the hub itself refuses, whatever the kernel would say."""

from interlock.kernel.command import Command, Refusal


def disk_full(command: Command) -> Refusal:
    """New work is not taken while only the reserve is left."""
    message = (
        f"{command.verb}: the disk is nearly full, so no new work is taken; "
        "claims, completions and acknowledgements still go through: make room, then send it again"
    )
    return Refusal(code="disk_full", message=message)


def store_failed(command: Command, error: Exception) -> Refusal:
    """The command only read, and could not."""
    return Refusal(code="ledger_unavailable", message=f"{command.verb}: the store failed: {error}")
