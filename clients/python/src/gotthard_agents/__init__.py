"""Agents for Gotthard: a coroutine becomes an agent that people, SDKs and other agents can ask.

    from gotthard_agents import Agent, Run

    agent = Agent("Echo", description="Says what you said")

    @agent
    async def echo(run: Run) -> str:
        return run.text

    agent.run("http://127.0.0.1:8080", "sk-gotthard-...")
"""

from .agent import Agent
from .connection import Connection
from .errors import AgentError, Cancelled, Refused
from .run import Message, Run, Transport

__all__ = ["Agent", "AgentError", "Cancelled", "Connection", "Message", "Refused", "Run", "Transport"]
