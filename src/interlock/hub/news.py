"""Word of what became durable, for those who wait for something in the log."""

import asyncio


class News:
    """Futures by channel, such as `topic:orders`; each is done with the next news."""

    def __init__(self) -> None:
        self._futures: dict[str, asyncio.Future[None]] = {}

    def listen(self, channel: str) -> asyncio.Future[None]:
        """The future of the next news. Listen before you look, so that nothing in between is missed."""
        future = self._futures.get(channel)
        if future is None:
            future = self._futures[channel] = asyncio.get_running_loop().create_future()
        return future

    def tell(self, channels: set[str]) -> None:
        """Wakes those who listen to the channels."""
        for channel in sorted(channels & self._futures.keys()):
            self._futures.pop(channel).set_result(None)
