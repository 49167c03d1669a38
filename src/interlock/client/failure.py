"""Why there is no connection."""

from interlock.kernel.errors import InterlockError


class CannotConnect(InterlockError):
    """No hub of this protocol answers at the address."""


class BadKey(CannotConnect):
    """A server answers and does not take the key: trying again will not help."""
