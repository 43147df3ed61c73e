"""One run of an agent, as its coroutine sees it."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Protocol

from .errors import Cancelled, Refused, Suspended

Json = dict[str, Any]

MOST_UNACKNOWLEDGED = 200
"""So many events may be under way; who writes faster waits for the platform."""


LARGEST_EVENT = 256 * 1024
"""So many bytes of JSON are in an event."""


class Transport(Protocol):
    """What carries the events of a run."""

    def wake(self) -> None:
        """There is something to send."""


class Run:
    """What is to be done, and the ways to tell what happens.

    A run may be taken up more than once: after a worker was lost, and after a person answered. The coroutine then begins from its
    start, and what is in the log already is not done again: a message that was finished is not said twice, a tool that returned is
    not called twice, an answered question gives its answer at once. So a coroutine has to do the same things in the same order.
    """

    def __init__(self, start: Json, transport: Transport) -> None:
        self.id: str = start["run"]
        self.thread: str = start["thread"]
        self.lease: int = start["lease"]
        self.attempt: int = start["attempt"]
        """How often the run was taken up after a worker was lost; the first one is 1."""
        self.name: str = start["name"]
        """Which agent of the class was asked."""
        self.input: Json = start.get("input") or {}
        """The start event, valid by the schema that was announced."""
        self.messages: list[Json] = start.get("messages") or []
        """What was said in the thread before, as OpenAI's messages; the last one is usually the user's."""
        self.caller: Json = start.get("caller") or {}
        """The account and tenant for whom it works."""
        self._past: list[Json] = start.get("events") or []
        self._transport = transport
        self._events: deque[Json] = deque()
        self._unsent = 0
        self._next = 1
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._room = asyncio.Event()
        self._room.set()
        self._refusal: Refused | None = None
        self._counts: dict[str, int] = {}
        self.ended: str | None = None
        """Why the run is no longer this worker's, or None."""

    @property
    def text(self) -> str:
        """What the user said last, as plain text; empty if nobody said anything."""
        for message in reversed(self.messages):
            if message.get("role") == "user":
                content = message.get("content")
                if isinstance(content, str):
                    return content
                return "".join(part.get("text", "") for part in content or [] if part.get("type") == "text")
        return ""

    def message(self) -> Message:
        """A message that is written bit by bit: ``async with run.message() as m: await m.write("Hello")``."""
        return Message(self, self._count("m"))

    async def say(self, text: str) -> None:
        """Says something at once."""
        async with self.message() as message:
            await message.write(text)

    async def think(self, text: str) -> None:
        """Shows a part of what the agent thinks before it answers."""
        await self._emit("thought.added", {"message_id": f"{self.id}_thought_{self.lease}", "text": text})

    async def ask(self, prompt: str, schema: Json | None = None) -> Any:
        """Asks a person for input, and returns what they answer. It may take weeks: the run rests meanwhile, and costs nothing."""
        return await self._request("input", prompt, schema=schema)

    async def confirm(self, prompt: str) -> bool:
        """Asks a person for a yes or a no."""
        return bool(await self._request("confirmation", prompt))

    async def choose(self, prompt: str, options: list[Any]) -> Any:
        """Asks a person for one of several options."""
        return await self._request("choice", prompt, options=options)

    async def tool(self, name: str, arguments: Json, call: Callable[..., Awaitable[Any]]) -> str:
        """Calls ``call(**arguments)`` and shows it as a tool. What it returned once it returns in every further attempt."""
        call_id = f"{self.id}_c{self._count('c')}"
        returned = self._find("tool.returned", "call_id", call_id)
        if returned is None:
            if self._find("tool.called", "call_id", call_id) is None:
                await self._confirmed("tool.called", {"call_id": call_id, "tool": name, "arguments": arguments})
            try:
                content, worked = str(await call(**arguments)), True
            except Exception as failure:  # noqa: BLE001: whatever a tool fails with is what it gave back
                content, worked = str(failure) or type(failure).__name__, False
            await self._confirmed("tool.returned", {"call_id": call_id, "ok": worked, "content": content})
            returned = {"ok": worked, "content": content}
        if not returned["ok"]:
            raise RuntimeError(returned["content"])
        content = returned["content"]
        return content if isinstance(content, str) else str(content)

    async def usage(self, model: str, prompt_tokens: int = 0, completion_tokens: int = 0) -> None:
        """Tells what a call of a model consumed that the agent made by itself."""
        data = {"model": model, "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens}
        await self._emit("usage.recorded", {**data, "cached_tokens": 0, "reasoning_tokens": 0})

    async def report(self, name: str, value: Any) -> None:
        """Tells something that no other event is for, such as progress."""
        await self._emit("custom.reported", {"name": name, "value": value})

    async def suggest(self, *texts: str) -> None:
        """Tells what the user may want to ask next."""
        await self._emit("follow_ups.suggested", {"texts": list(texts)})

    async def title(self, title: str) -> None:
        """Tells what the thread may be called."""
        await self._emit("title.suggested", {"title": title})

    # What follows is for Message and Connection.

    async def _request(self, kind: str, prompt: str, **more: Any) -> Any:
        call_id = f"{self.id}_t{self._count('t')}"
        asked = self._find("input.requested", "call_id", call_id)
        answered = asked and self._find("input.answered", "task_id", asked["task_id"])
        if answered:
            return answered.get("answer")
        said = {name: value for name, value in more.items() if value is not None}
        # A question that was asked before is not asked again, but says that there is nothing to do until it is answered.
        await self._confirmed("input.requested", {"call_id": call_id, "kind": kind, "prompt": prompt, **said})
        raise Suspended

    def _count(self, what: str) -> int:
        self._counts[what] = self._counts.get(what, 0) + 1
        return self._counts[what]

    def _find(self, kind: str, member: str, value: str) -> Json | None:
        for event in self._past:
            if event["type"] == kind and event["data"].get(member) == value:
                data: Json = event["data"]
                return data
        return None

    def _was_said(self, number: int) -> bool:
        prefix = f"{self.id}_m{number}_"
        return any(
            event["type"] == "message.created" and str(event["data"].get("message_id", "")).startswith(prefix)
            for event in self._past
        )

    async def _emit(self, kind: str, data: Json) -> int:
        return await self._put(kind, data)

    async def _confirmed(self, kind: str, data: Json) -> None:
        """Sends, and waits until it is durable."""
        number = await self._put(kind, data)
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        await waiting

    async def _put(self, kind: str, data: Json) -> int:
        if len(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()) > LARGEST_EVENT:
            raise Refused({"code": "event_too_large", "message": f"An event of type {kind} has more than 256 KB."})
        while True:
            if self.ended is not None:
                raise Cancelled(self.ended)
            if self._refusal is not None:
                refusal, self._refusal = self._refusal, None
                raise refusal
            if len(self._events) < MOST_UNACKNOWLEDGED:
                break
            self._room.clear()
            await self._room.wait()
        number = self._next
        self._next += 1
        self._events.append({"run": self.id, "lease": self.lease, "n": number, "type": kind, "data": data})
        self._transport.wake()
        return number

    def _to_send(self) -> Json | None:
        """The next event that was not sent on this connection, or None."""
        if self._unsent >= len(self._events):
            return None
        self._unsent += 1
        return self._events[self._unsent - 1]

    def _send_again(self) -> None:
        """Nobody knows what of the unacknowledged has arrived."""
        self._unsent = 0

    def _acknowledged(self, number: int) -> None:
        while self._events and self._events[0]["n"] <= number:
            self._events.popleft()
            self._unsent = max(0, self._unsent - 1)
        for waiting in [n for n in self._waiting if n <= number]:
            future = self._waiting.pop(waiting)
            if not future.done():
                future.set_result(None)
        self._room.set()

    def _refused(self, number: int, error: Json) -> None:
        refusal = Refused(error)
        future = self._waiting.pop(number, None)
        if future is None:
            self._refusal = refusal
        elif not future.done():
            future.set_exception(refusal)
        self._acknowledged(number)

    def _end(self, reason: str) -> None:
        self.ended = reason
        self._events.clear()
        self._unsent = 0
        for future in self._waiting.values():
            if not future.done():
                future.cancel()
        self._room.set()


class Message:
    """A message that is being written. It counts once the block ends; what was shown of it is void if the block fails."""

    def __init__(self, run: Run, number: int) -> None:
        self.id = f"{run.id}_m{number}_{run.lease}"
        self._run = run
        self._done = run._was_said(number)
        self._text: list[str] = []

    async def write(self, text: str) -> None:
        """Adds to it; readers see it at once."""
        if text and not self._done:
            self._text.append(text)
            await self._run._emit("chunk.added", {"message_id": self.id, "text": text})

    async def __aenter__(self) -> Message:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._done:
            return
        if kind is None:
            said = {"message_id": self.id, "role": "assistant", "content": "".join(self._text)}
            await self._run._confirmed("message.created", said)
        elif self._text and self._run.ended is None and issubclass(kind, Exception):
            await self._run._emit("message.dropped", {"message_id": self.id})
