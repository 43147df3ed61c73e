"""Orders lunch: it asks a person twice, and calls a tool in between. It may be stopped and started while the person thinks."""

import os

from gotthard_agents import Agent, Run

agent = Agent("Lunch", description="Orders lunch for you")


async def price(dish: str) -> str:
    return {"soup": "6", "salad": "8"}.get(dish, "12")


@agent
async def lunch(run: Run) -> str:
    dish = await run.choose("What would you like?", ["soup", "salad", "risotto"])
    cost = await run.tool("price", {"dish": dish}, price)
    if await run.confirm(f"One {dish} is {cost} francs. Shall I order it?"):
        return f"Your {dish} is on its way."
    return "Then not."


if __name__ == "__main__":
    agent.run(os.environ.get("GOTTHARD_URL", "http://127.0.0.1:8080"), os.environ["GOTTHARD_KEY"])
