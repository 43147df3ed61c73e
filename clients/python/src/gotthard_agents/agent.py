"""A class of agents, as it is announced."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from .connection import Connection
from .run import Json, Run

Handler = Callable[[Run], Awaitable[Any]]


class Agent:
    """A class of agents that this process works for.

    :param agent_class: its name, unique in the tenant; the model is called ``<agent_class>/<name>``
    :param names: the agents of the class; they differ in what ``run.name`` says
    :param input_schema: a JSON Schema of the start event; what does not fit never reaches the agent
    :param conversational: whether it can be asked as a model, by chat completions
    """

    def __init__(
        self,
        agent_class: str,
        *,
        description: str = "",
        icon: str | None = None,
        names: list[str] | None = None,
        input_schema: Json | None = None,
        conversational: bool = True,
        version: str = "1",
    ) -> None:
        self.agent_class = agent_class
        self.announcement: Json = {
            "class": agent_class,
            "names": names or ["default"],
            "description": description,
            "input_schema": input_schema or {"type": "object"},
            "conversational": conversational,
            "version": version,
        }
        if icon is not None:
            self.announcement["icon"] = icon
        self._handler: Handler | None = None

    def __call__(self, handler: Handler) -> Handler:
        """Decorates the coroutine that does the work. A text that it returns is said; an object is the run's output."""
        self._handler = handler
        return handler

    async def handle(self, run: Run) -> Any:
        """Does one run."""
        if self._handler is None:
            raise RuntimeError(f"nothing is decorated with the agent {self.agent_class}")
        return await self._handler(run)

    async def serve(self, url: str, key: str, *, capacity: int = 10) -> None:
        """Works until it is cancelled; then it takes no more, and finishes what it has begun.

        :param url: the platform's, such as ``https://gateway.example.org``
        :param key: an API key with the permission ``gotthard.admin.agent.<class>.>``
        :param capacity: how many runs at the same time
        """
        await Connection(self, url, key, capacity=capacity).serve()

    def run(self, url: str, key: str, *, capacity: int = 10) -> None:
        """The same for a program that does nothing else; ends with Ctrl-C."""
        try:
            asyncio.run(self.serve(url, key, capacity=capacity))
        except KeyboardInterrupt:
            pass
