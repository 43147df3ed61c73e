"""What the tests share: the platform's REST API, and agents that serve while a test runs."""

import asyncio
import contextlib
import json
import os
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import pytest
from gotthard_agents import Agent, Connection

URL = os.environ.get("GOTTHARD_URL", "")
KEY = os.environ.get("GOTTHARD_KEY", "")


class Hub:
    """The platform, as the administrator sees it."""

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return await asyncio.to_thread(self._ask, method, path, body)

    async def ok(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = await self.ask(method, path, body)
        assert status == 200, answer
        return answer

    async def chat(self, model: str, text: str) -> str:
        body = {"model": model, "messages": [{"role": "user", "content": text}]}
        answer = await self.ok("POST", "/v1/chat/completions", body)
        content: str = answer["choices"][0]["message"]["content"]
        return content

    async def events(self, run: Any) -> list[Any]:
        page = await self.ok("GET", f"/api/v1/threads/{run['thread_id']}/events?limit=200")
        return [event for event in page["data"] if event.get("run_id") == run["id"]]

    async def waited(self, run: Any) -> Any:
        return await self.ok("POST", f"/api/v1/runs/{run['id']}/wait?timeout=20")

    @staticmethod
    def _ask(method: str, path: str, body: Any) -> tuple[int, Any]:
        request = urllib.request.Request(URL + path, method=method)
        request.add_header("authorization", "Bearer " + KEY)
        data = None
        if body is not None:
            request.add_header("content-type", "application/json")
            data = json.dumps(body).encode()
        try:
            with urllib.request.urlopen(request, data, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())


@pytest.fixture
def hub() -> Hub:
    return Hub()


@contextlib.asynccontextmanager
async def serving(agent: Agent, key: str = KEY, capacity: int = 10) -> AsyncIterator[Connection]:
    """Serves the agent within the block."""
    connection = Connection(agent, URL, key, capacity=capacity, drain=1)
    task = asyncio.create_task(connection.serve())
    announced = asyncio.create_task(connection.announced.wait())
    try:
        await asyncio.wait([task, announced], timeout=10, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        assert connection.announced.is_set()
        yield connection
    finally:
        announced.cancel()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
