# A client of Socket.IO that nobody here wrote, in Python: by polling, then by WebSocket. Prints what it got as JSON.
import asyncio
import json
import sys

import socketio


async def once(url, transports):
    client = socketio.AsyncClient(reconnection=False)
    got = {}
    here = asyncio.Event()

    @client.on("auth", namespace="/custom")
    async def on_auth(auth):
        got["auth"] = auth

    @client.on("message-back", namespace="/custom")
    async def on_back(*args):
        got["back"] = [list(arg) if isinstance(arg, bytes) else arg for arg in args]
        here.set()

    await client.connect(url, auth={"token": "py"}, namespaces=["/custom"], transports=transports)
    await client.emit("message", ("a", {"b": 1}, b"\x01\x02"), namespace="/custom")
    await asyncio.wait_for(here.wait(), 5)
    got["ack"] = await client.call("message-with-ack", "x", namespace="/custom", timeout=5)
    await asyncio.sleep(0.7)  # two pings
    got["still"] = client.connected
    await client.disconnect()
    return got


async def main():
    print(json.dumps([await once(sys.argv[1], [transport]) for transport in ("polling", "websocket")]))


asyncio.run(main())
