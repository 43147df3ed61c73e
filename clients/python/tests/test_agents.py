"""Agents in Python, served to a running platform."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import KEY, URL, Hub, serving
from examples import ask, stream
from gotthard_agents import Agent, AgentError, Refused, Run
from gotthard_agents.run import Json


def types(events: list[Any]) -> list[str]:
    return [event["type"] for event in events]


def test_the_example_streams_and_is_a_model(hub: Hub) -> None:
    async def scenario() -> None:
        async with serving(stream.agent):
            models = await hub.ok("GET", "/v1/models")
            assert "Counter/default" in [model["id"] for model in models["data"]]
            assert await hub.chat("Counter/default", "Count to 4, please") == "1 2 3 4 "
            run = await hub.ok("POST", "/api/v1/agents/Counter/default/runs", {"to": 2})
            assert (await hub.waited(run))["status"] == "completed"
            chunks = [e["data"]["text"] for e in await hub.events(run) if e["type"] == "chunk.added"]
            assert chunks == ["1 ", "2 "]

    asyncio.run(scenario())


def test_the_example_asks_a_person_twice_and_calls_its_tool_once(hub: Hub) -> None:
    async def scenario() -> None:
        async with serving(ask.agent):
            run = await hub.ok("POST", "/api/v1/agents/Lunch/default/runs", {})
            for answer in ("soup", True):
                assert (await hub.waited(run))["status"] == "requires_action"
                asked = [e for e in await hub.events(run) if e["type"] == "input.requested"][-1]
                await hub.ok("POST", f"/api/v1/tasks/{asked['data']['task_id']}/answer", {"answer": answer})
            done = await hub.waited(run)
            assert done["status"] == "completed"
            assert done["output"]["content"] == "Your soup is on its way."
            happened = types(await hub.events(run))
            assert happened.count("input.requested") == 2
            assert happened.count("tool.called") == happened.count("tool.returned") == 1

    asyncio.run(scenario())


def test_a_lost_connection_is_found_again_and_nothing_is_lost_or_doubled(hub: Hub) -> None:
    agent = Agent("Patient")

    @agent
    async def handle(run: Run) -> None:
        async with run.message() as message:
            for number in range(60):
                await message.write(f"{number} ")
                await asyncio.sleep(0.01)

    async def scenario() -> None:
        async with serving(agent) as connection:
            run = await hub.ok("POST", "/api/v1/agents/Patient/default/runs", {})
            for _ in range(2):
                await asyncio.sleep(0.2)
                await connection.drop()
            done = await hub.waited(run)
            assert (done["status"], done["attempt"]) == ("completed", 1)
            chunks = [e["data"]["text"] for e in await hub.events(run) if e["type"] == "chunk.added"]
            assert chunks == [f"{number} " for number in range(60)]

    asyncio.run(scenario())


def test_a_killed_process_is_followed_by_another_worker_that_says_it_once(hub: Hub) -> None:
    code = """
import asyncio, sys
from gotthard_agents import Agent
agent = Agent("Mortal")
@agent
async def handle(run):
    await run.say("first")
    await asyncio.sleep(1 if len(sys.argv) > 3 else 60)
    return "second"
agent.run(sys.argv[1], sys.argv[2])
"""

    async def scenario() -> None:
        source = str(Path(__file__).parent.parent / "src")
        command = [sys.executable, "-c", code, URL, KEY]
        doomed = await asyncio.create_subprocess_exec(*command, env={"PYTHONPATH": source})
        while "Mortal/default" not in [m["id"] for m in (await hub.ok("GET", "/v1/models"))["data"]]:
            await asyncio.sleep(0.05)
        run = await hub.ok("POST", "/api/v1/agents/Mortal/default/runs", {})
        while "message.created" not in types(await hub.events(run)):
            await asyncio.sleep(0.05)
        doomed.kill()
        await doomed.wait()
        heir = await asyncio.create_subprocess_exec(*command, "quick", env={"PYTHONPATH": source})
        try:
            done = await hub.waited(run)
        finally:
            heir.kill()
            await heir.wait()
        assert (done["status"], done["attempt"]) == ("completed", 2)
        said = [e["data"]["content"] for e in await hub.events(run) if e["type"] == "message.created"]
        assert said == ["first", "second"]

    asyncio.run(scenario())


def test_a_cancel_reaches_the_coroutine(hub: Hub) -> None:
    agent = Agent("Endless")
    began, cleaned = asyncio.Event(), asyncio.Event()

    @agent
    async def handle(run: Run) -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        finally:
            cleaned.set()

    async def scenario() -> None:
        async with serving(agent):
            run = await hub.ok("POST", "/api/v1/agents/Endless/default/runs", {})
            await asyncio.wait_for(began.wait(), 10)
            await hub.ok("POST", f"/api/v1/runs/{run['id']}/cancel")
            await asyncio.wait_for(cleaned.wait(), 5)
            assert (await hub.waited(run))["status"] == "cancelled"

    asyncio.run(scenario())


def test_what_is_refused_is_an_exception_where_it_was_said(hub: Hub) -> None:
    agent = Agent("Careless")

    @agent
    async def handle(run: Run) -> str:
        with pytest.raises(Refused) as refusal:
            await run._confirmed("no.such", {})
        return f"refused: {refusal.value.param}"

    async def scenario() -> None:
        async with serving(agent):
            assert await hub.chat("Careless/default", "Hello") == "refused: event.type"

    asyncio.run(scenario())


def test_a_large_message_arrives_whole_and_one_that_is_too_large_ends_its_run_and_nothing_else(hub: Hub) -> None:
    agent = Agent("Wordy")
    text = 'say "\N{GRINNING FACE}" \n' * 10_000

    @agent
    async def handle(run: Run) -> str | Json:
        if run.input.get("output"):
            return {"text": text * 4}
        return text * 4 if run.input.get("much") else text

    async def scenario() -> None:
        async with serving(agent):
            for much in ({"much": True}, {"output": True}):
                run = await hub.ok("POST", "/api/v1/agents/Wordy/default/runs", much)
                done = await hub.waited(run)
                assert (done["status"], done["error"]["code"]) == ("failed", "invalid_event")
            done = await hub.waited(await hub.ok("POST", "/api/v1/agents/Wordy/default/runs", {}))
            assert (done["status"], done["attempt"], done["output"]["content"]) == ("completed", 1, text)

    asyncio.run(scenario())


def test_an_agents_own_error_is_told_and_any_other_is_not(hub: Hub) -> None:
    agent = Agent("Failing")

    @agent
    async def handle(run: Run) -> None:
        if run.input.get("own"):
            raise AgentError("There is no soup.", "no_soup")
        raise ValueError("the password is 1234")

    async def scenario() -> None:
        async with serving(agent):
            own = await hub.ok("POST", "/api/v1/agents/Failing/default/runs", {"own": True})
            assert (await hub.waited(own))["error"] == {"code": "no_soup", "message": "There is no soup."}
            other = await hub.ok("POST", "/api/v1/agents/Failing/default/runs", {})
            assert (await hub.waited(other))["error"] == {"code": "agent_error", "message": "The agent failed."}

    asyncio.run(scenario())


def test_a_wrong_key_is_told_at_once() -> None:
    async def scenario() -> None:
        with pytest.raises(Refused):
            async with serving(stream.agent, key="sk-gotthard-wrong"):
                pass

    asyncio.run(scenario())
