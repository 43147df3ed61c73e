"""The connection of a worker: it announces, takes runs, and comes back when the network was away."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

import websockets
from websockets.asyncio.client import ClientConnection, connect

from .errors import AgentError, Cancelled, Refused, Suspended
from .run import Json, Run

if TYPE_CHECKING:
    from .agent import Agent

LOG = logging.getLogger("gotthard_agents")
SILENCE = 6.0
"""After so many seconds without a word from the platform the connection is taken for lost."""


PAUSE = 0.05
"""So many seconds are between two frames: the platform takes so many a second, and each may have many events."""
LARGEST_FRAME = 48_000
"""So many bytes of events are in a frame, or one event."""
LARGEST_WHOLE = 60_000
"""A frame of more bytes is sent in parts,"""
PART = 30_000
"""each of so many characters, of which some are escaped twice."""


INVALID: Json = {"code": "invalid_event", "message": "The agent sent an event that is not valid."}


class Lost(Exception):
    """The connection is of no use any more, and another one may be."""


class Handles(Protocol):
    """What does the work."""

    announcement: Json

    async def handle(self, run: Run) -> Any: ...


class Connection:
    """One worker. If the connection is lost and found again soon enough, running work goes on; what was not acknowledged is sent
    again, and the platform takes it once."""

    def __init__(self, agent: Agent | Handles, url: str, key: str, *, capacity: int = 10, drain: float = 30.0) -> None:
        self._agent = agent
        self._url = url.rstrip("/").replace("http", "ws", 1) + "/api/v1/ws"
        self._key = key
        self._capacity = capacity
        self._drain = drain
        self._runs: dict[str, Run] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._worker: str | None = None
        self._socket: ClientConnection | None = None
        self._something = asyncio.Event()
        self._leaving = False
        self.announced = asyncio.Event()
        """Set while the class is announced."""

    async def serve(self) -> None:
        """Works until it is cancelled."""
        keeping = asyncio.create_task(self._keep_connected())
        try:
            await asyncio.shield(keeping)
        except asyncio.CancelledError:
            await self._leave()
            raise
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
            for task in list(self._tasks.values()):
                task.cancel()

    def wake(self) -> None:
        """There is something to send."""
        self._something.set()

    async def drop(self) -> None:
        """Breaks the connection as a network would; for tests of what comes then."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def _leave(self) -> None:
        self._leaving = True
        try:
            if self._socket is not None and self._worker is not None:
                await self._send(self._socket, {"type": "worker.withdraw", "worker": self._worker})
            if self._tasks:
                await asyncio.wait(list(self._tasks.values()), timeout=self._drain)
        except websockets.WebSocketException:
            pass

    async def _keep_connected(self) -> None:
        attempt = 0
        while True:
            try:
                async with connect(self._url, max_size=16 * 1024 * 1024, open_timeout=10) as socket:
                    await self._work(socket)
            except websockets.ConnectionClosed as lost:
                if lost.rcvd is not None and lost.rcvd.code in (4401, 4403):
                    raise Refused({"code": "invalid_api_key", "message": lost.rcvd.reason}) from lost
                LOG.info("The connection is lost: %s", lost)
            except (OSError, websockets.WebSocketException, TimeoutError, Lost) as lost:
                LOG.info("The connection is lost: %s", lost)
            was_announced = self.announced.is_set()
            self._socket = None
            self.announced.clear()
            attempt = 0 if was_announced else attempt + 1
            await asyncio.sleep(min(5.0, 0.1 * 2 ** min(attempt, 6)) * (0.5 + random.random() / 2))

    async def _work(self, socket: ClientConnection) -> None:
        await self._send(socket, {"type": "auth", "token": self._key})
        others: list[asyncio.Task[None]] = []
        try:
            while True:
                frame: Json = json.loads(await asyncio.wait_for(socket.recv(), SILENCE))
                if frame["type"] == "ready":
                    await self._send(socket, self._announcement())
                elif frame["type"] == "worker.announced":
                    self._begin(socket, frame)
                    others.append(asyncio.create_task(self._write(socket)))
                    others.append(asyncio.create_task(self._beat(socket, frame["heartbeat_ms"] / 1000)))
                else:
                    self._hear(frame)
        finally:
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    def _announcement(self) -> Json:
        announcement: Json = {"type": "worker.announce", **self._agent.announcement, "capacity": self._capacity}
        if self._worker is not None:
            announcement["resume"] = self._worker
            announcement["runs"] = [{"run": run.id, "lease": run.lease} for run in self._runs.values()]
        return announcement

    def _begin(self, socket: ClientConnection, frame: Json) -> None:
        if not frame.get("resumed"):
            for run in list(self._runs.values()):
                self._lose(run, "lost")
        for run in self._runs.values():
            run._send_again()
        self._worker = frame["worker"]
        self._socket = socket
        self._something.set()
        self.announced.set()

    def _hear(self, frame: Json) -> None:
        kind = frame["type"]
        if kind == "worker.start":
            self._start(frame)
        elif kind in ("worker.acknowledged", "worker.refused", "worker.cancel"):
            run = self._runs.get(frame.get("run", ""))
            if run is not None and run.lease == frame.get("lease"):
                if kind == "worker.acknowledged":
                    run._acknowledged(frame["n"])
                elif kind == "worker.cancel":
                    self._lose(run, frame["reason"])
                else:
                    run._refused(frame["n"], frame["error"])
        elif kind == "error":
            error = frame["error"]
            if error.get("status", 400) < 500 and not self.announced.is_set():
                raise Refused(error)
            raise Lost(error.get("message", "error"))

    def _start(self, frame: Json) -> None:
        known = self._runs.get(frame["run"])
        if known is not None:
            if known.lease == frame["lease"]:
                return
            self._lose(known, "lost")
        run = Run(frame, self)
        self._runs[run.id] = run
        task = asyncio.create_task(self._do(run))
        self._tasks[run.id] = task
        task.add_done_callback(lambda done: self._forget(run, done))

    def _lose(self, run: Run, reason: str) -> None:
        run._end(reason)
        task = self._tasks.get(run.id)
        if task is not None:
            task.cancel()
        if self._runs.get(run.id) is run:
            del self._runs[run.id]

    def _forget(self, run: Run, task: asyncio.Task[None]) -> None:
        if self._tasks.get(run.id) is task:
            del self._tasks[run.id]
        if self._runs.get(run.id) is run:
            del self._runs[run.id]

    async def _do(self, run: Run) -> None:
        try:
            kind, data = await self._outcome(run)
            try:
                await run._confirmed(kind, data)
            except Refused as refusal:
                LOG.warning("The platform refused the end of run %s: %s", run.id, refusal)
                await run._confirmed("run.failed", INVALID)
        except (Cancelled, Suspended):
            pass

    async def _outcome(self, run: Run) -> tuple[str, Json]:
        """The event that ends the run."""
        try:
            result = await self._agent.handle(run)
            if isinstance(result, str):
                await run.say(result)
                result = None
            if result is not None and not isinstance(result, dict):
                raise TypeError("an agent returns a text, an object or nothing")
            stop: Json = {"finish_reason": "stop"}
            return "run.stopped", stop if result is None else {**stop, "output": result}
        except AgentError as error:
            return "run.failed", {"code": error.code, "message": str(error)}
        except Cancelled:
            raise
        except Refused as refusal:
            LOG.warning("Run %s said what the platform refused: %s", run.id, refusal)
            return "run.failed", INVALID
        except Exception:
            LOG.exception("Run %s failed", run.id)
            return "run.failed", {"code": "agent_error", "message": "The agent failed."}

    async def _write(self, socket: ClientConnection) -> None:
        """Sends what runs have to say, each in its order. What comes while it pauses goes together."""
        while True:
            await self._something.wait()
            self._something.clear()
            for events in self._batches():
                await self._send(socket, {"type": "worker.events", "worker": self._worker, "events": events})
            await asyncio.sleep(PAUSE)

    def _batches(self) -> Iterator[list[Json]]:
        batch: list[Json] = []
        size = 0
        for run in list(self._runs.values()):
            while (event := run._to_send()) is not None:
                length = len(json.dumps(event, ensure_ascii=False).encode())
                if batch and size + length > LARGEST_FRAME:
                    yield batch
                    batch, size = [], 0
                batch.append(event)
                size += length
        if batch:
            yield batch

    async def _beat(self, socket: ClientConnection, every: float) -> None:
        while True:
            await asyncio.sleep(every)
            await self._send(socket, {"type": "worker.heartbeat", "worker": self._worker})

    @staticmethod
    async def _send(socket: ClientConnection, frame: Json) -> None:
        text = json.dumps(frame, ensure_ascii=False)
        if len(text.encode()) <= LARGEST_WHOLE:
            await socket.send(text)
            return
        for at in range(0, len(text), PART):
            part = {"type": "worker.part", "text": text[at : at + PART], "last": at + PART >= len(text)}
            await socket.send(json.dumps(part, ensure_ascii=False))
            await asyncio.sleep(PAUSE)
