"""Who serves which webhook: one courier for each that is active, in every namespace."""

import asyncio
import contextlib
import logging
import ssl
from collections.abc import Callable
from typing import Final

from interlock.hub.hub import Hub
from interlock.kernel.webhook.model import ACTIVE
from interlock.server.namespaces import Namespaces
from interlock.server.sealing import Sealing
from interlock.server.tail import Tail
from interlock.server.webhooks.courier import Courier
from interlock.server.webhooks.post import Outcome, Poster
from interlock.server.webhooks.target import TargetPolicy
from interlock.store.contract import StoreError

log = logging.getLogger(__name__)

LOOK_S: Final = 0.5
"""How often it is looked for webhooks that were made, resumed, paused or deleted."""

POSTS_AT_ONCE_MAX: Final = 50
"""Attempts of all webhooks together: each holds a socket and a body."""

FAULT_S: Final = 30.0
"""How long a courier rests that failed as none should."""

CLOSE_S: Final = 1.0
"""How long a closing server waits for posts that are on their way."""

TailOf = Callable[[str, Hub], Tail]


class Dispatch:
    """Keeps the couriers of one server."""

    def __init__(
        self,
        namespaces: Namespaces,
        *,
        sealing: Sealing,
        policy: TargetPolicy,
        tail_of: TailOf,
        trust: ssl.SSLContext,
    ) -> None:
        self._namespaces = namespaces
        self._sealing = sealing
        self._policy = policy
        self._tail_of = tail_of
        self._trust = trust
        self._couriers: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(POSTS_AT_ONCE_MAX)
        self._looking = asyncio.get_running_loop().create_task(self._look())

    async def close(self) -> None:
        """Ends every courier. What is on its way may arrive; if it is not noted, it comes again."""
        self._looking.cancel()
        running = list(self._couriers.values())
        if running:
            _, late = await asyncio.wait(running, timeout=CLOSE_S)
            for task in late:
                task.cancel()
        await asyncio.gather(self._looking, *running, return_exceptions=True)

    async def _look(self) -> None:
        while True:
            for namespace in list(self._namespaces):
                hub = self._namespaces.get(namespace)
                if hub is not None:
                    self._serve(namespace, hub)
            await asyncio.sleep(LOOK_S)

    def _serve(self, namespace: str, hub: Hub) -> None:
        for webhook in list(hub.state.webhooks.values()):
            key = (namespace, webhook.id)
            if webhook.status == ACTIVE and key not in self._couriers:
                self._start(key, hub)

    def _start(self, key: tuple[str, str], hub: Hub) -> None:
        task = asyncio.get_running_loop().create_task(self._run(*key, hub))
        self._couriers[key] = task
        task.add_done_callback(lambda _: self._couriers.pop(key, None))

    async def _run(self, namespace: str, webhook_id: str, hub: Hub) -> None:
        poster = Poster(self._policy, trust=self._trust)

        async def post(url: str, *, headers: dict[str, str], body: bytes) -> Outcome:
            async with self._slots:
                return await poster.post(url, headers=headers, body=body)

        courier = Courier(
            self._tail_of(namespace, hub), webhook_id, post=post, sealing=self._sealing
        )
        try:
            await courier.run()
        except StoreError as error:
            # The next look starts another courier, at the place that was noted.
            log.warning("the courier of %s stopped: %s", webhook_id, error)
        except Exception:
            log.exception("the courier of %s failed as none should", webhook_id)
            await asyncio.sleep(FAULT_S)
        finally:
            with contextlib.suppress(OSError):
                await poster.close()
