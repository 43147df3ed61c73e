"""Counts, number by number, as a model writes its answer."""

import asyncio
import os

from gotthard_agents import Agent, Run

agent = Agent(
    "Counter",
    description="Counts to a number",
    input_schema={
        "type": "object",
        "properties": {"to": {"type": "integer", "minimum": 1, "maximum": 1000}},
        "additionalProperties": False,
    },
)


@agent
async def count(run: Run) -> None:
    digits = "".join(c for c in run.text if c.isdigit())
    to = run.input.get("to") or int(digits or 3)
    await run.think(f"I am to count to {to}.")
    async with run.message() as message:
        for number in range(1, to + 1):
            await message.write(f"{number} ")
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    agent.run(os.environ.get("GOTTHARD_URL", "http://127.0.0.1:8080"), os.environ["GOTTHARD_KEY"])
