"""An MCP server as anybody would write one, with the official SDK: FastMCP over streamable HTTP.

Says at which port it listens, and writes a line into the file CALLS for each call of a tool, and for each that is cancelled.
PORT is where it listens, 0 for anywhere; PLAIN=1 makes it one without sessions that answers with JSON instead of streams.
"""

import json
import os
import socket

import anyio
import uvicorn
from mcp.server.fastmcp import Context, FastMCP
from mcp.types import ImageContent, TextContent
from pydantic import BaseModel

plain = os.environ.get("PLAIN") == "1"
server = FastMCP("passes", json_response=plain, stateless_http=plain, log_level="WARNING")


class Pass(BaseModel):
    name: str
    metres: int


def note(tool: str, context: Context) -> None:
    meta = context.request_context.meta
    line = {"tool": tool, "call_id": meta.model_dump().get("io.gotthard/call-id") if meta else None}
    with open(os.environ["CALLS"], "a", encoding="utf-8") as calls:
        calls.write(json.dumps(line) + "\n")


@server.tool()
def shout(text: str, context: Context) -> str:
    """Says it loudly."""
    note("shout", context)
    return text.upper()


@server.tool()
def height(name: str, feet: bool = False) -> Pass:
    """How high a pass is."""
    return Pass(name=name, metres=6916 if feet else 2108)


@server.tool()
def divide(a: int, b: int, context: Context) -> float:
    """Divides two numbers."""
    note("divide", context)
    return a / b


@server.tool()
async def climb(steps: int, context: Context) -> str:
    """Takes its time, and tells how far it is."""
    for step in range(steps):
        await context.report_progress(step, steps)
        await context.info(f"step {step}")
    return f"after {steps} steps"


@server.tool()
async def sleep(seconds: float, context: Context) -> str:
    """Answers late."""
    note("sleep", context)
    try:
        await anyio.sleep(seconds)
        return "awake"
    except anyio.get_cancelled_exc_class():
        note("sleep cancelled", context)
        raise


@server.tool()
def look() -> list[TextContent | ImageContent]:
    """Shows what one sees from the top."""
    return [
        TextContent(type="text", text="A view of the valley"),
        ImageContent(type="image", data="iVBORw0KGgo=", mimeType="image/png"),
    ]


@server.tool(name="weather.now")
def weather(place: str) -> dict[str, str]:
    """The weather of a place, under a name with a dot."""
    return {"place": place, "sky": "clear"}


if __name__ == "__main__":
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(os.environ.get("PORT", "0"))))
    # Who connects from now on waits until the server is ready.
    listener.listen(100)
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(server.streamable_http_app(), log_level="warning")).run(sockets=[listener])
