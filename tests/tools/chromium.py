"""Debian's Chromium without a window, through its own protocol: real input, so that a page is seen with and without
JavaScript."""

import asyncio
import base64
import itertools
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

TIMEOUT = 30  # seconds, for anything
BETWEEN_CLICKS = 0.06  # seconds, as a hand does it
SIZE = {"width": 440, "height": 720, "deviceScaleFactor": 1, "mobile": False}

Reply = dict[str, Any]


def program() -> str | None:
    """Where it is, if it is installed."""
    return shutil.which("chromium")


class Page:
    """A tab."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._session: str | None = None
        self._loaded = asyncio.Event()
        self.requests: list[Reply] = []  # as they were sent
        self.complaints: list[str] = []  # of the browser, about the page
        self.status = 0  # of the last page

    async def open(self) -> None:
        self._reader = asyncio.create_task(self._read())
        target = await self._call("Target.createTarget", url="about:blank")
        attached = await self._call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "DOM", "Network", "Log"):
            await self._call(f"{domain}.enable")
        await self._call("Emulation.setDeviceMetricsOverride", **SIZE)

    async def goto(self, url: str) -> None:
        self._loaded.clear()
        await self._call("Page.navigate", url=url)
        await asyncio.wait_for(self._loaded.wait(), TIMEOUT)

    async def type(self, selector: str, text: str) -> None:
        """Puts the text in the place of what the field has."""
        await self._call("DOM.focus", nodeId=await self._node(selector))
        for key in ("keyDown", "keyUp"):
            await self._call(
                "Input.dispatchKeyEvent", type=key, key="a", code="KeyA", modifiers=2, commands=["selectAll"]
            )
        await self._call("Input.insertText", text=text)

    async def click(self, selector: str, times: int = 1, loads: bool = True) -> None:
        """Clicks on the middle of an element, and waits for the page that this opens."""
        node = await self._node(selector)
        await self._call("DOM.scrollIntoViewIfNeeded", nodeId=node)
        box = (await self._call("DOM.getBoxModel", nodeId=node))["model"]["content"]
        place = {"x": (box[0] + box[4]) / 2, "y": (box[1] + box[5]) / 2, "button": "left"}
        self._loaded.clear()
        clicks = []
        for count in range(times):
            for kind in ("mousePressed", "mouseReleased"):
                click = self._call("Input.dispatchMouseEvent", type=kind, clickCount=count + 1, **place)
                clicks.append(asyncio.create_task(click))
            await asyncio.sleep(BETWEEN_CLICKS)
        await asyncio.gather(*clicks)
        if loads:
            await asyncio.wait_for(self._loaded.wait(), TIMEOUT)

    async def html(self, selector: str = "html") -> str:
        html: str = (await self._call("DOM.getOuterHTML", nodeId=await self._node(selector)))["outerHTML"]
        return html

    async def url(self) -> str:
        history = await self._call("Page.getNavigationHistory")
        url: str = history["entries"][history["currentIndex"]]["url"]
        return url

    async def cookies(self) -> list[Reply]:
        cookies: list[Reply] = (await self._call("Network.getCookies"))["cookies"]
        return cookies

    async def scripts(self, *, run: bool) -> None:
        await self._call("Emulation.setScriptExecutionDisabled", value=not run)

    async def screenshot(self, target: Path) -> None:
        shot = await self._call("Page.captureScreenshot", format="png")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(base64.b64decode(shot["data"]))

    async def close(self) -> None:
        self._reader.cancel()

    async def _node(self, selector: str) -> int:
        root = (await self._call("DOM.getDocument", depth=0))["root"]["nodeId"]
        node: int = (await self._call("DOM.querySelector", nodeId=root, selector=selector))["nodeId"]
        if not node:
            raise LookupError(f"the page has no {selector}")
        return node

    async def _call(self, method: str, **parameters: Any) -> Reply:
        number = next(self._numbers)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        message: Reply = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        await self._socket.send_json(message)
        reply = await asyncio.wait_for(self._waiting[number], TIMEOUT)
        del self._waiting[number]
        if "error" in reply:
            raise LookupError(f"{method}: {reply['error']}")
        result: Reply = reply["result"]
        return result

    async def _read(self) -> None:
        async for message in self._socket:
            self._hear(json.loads(message.data))

    def _hear(self, said: Reply) -> None:
        if waiting := self._waiting.get(said.get("id", 0)):
            waiting.set_result(said)
            return
        match said.get("method"):
            case "Page.loadEventFired":
                self._loaded.set()
            case "Network.requestWillBeSent":
                self.requests.append(said["params"]["request"])
            case "Network.responseReceived" if said["params"]["type"] == "Document":
                self.status = said["params"]["response"]["status"]
            case "Log.entryAdded" if said["params"]["entry"]["source"] in ("security", "javascript"):
                self.complaints.append(said["params"]["entry"]["text"])


@asynccontextmanager
async def page() -> AsyncIterator[Page]:
    """A tab of a browser with an empty profile, which ends with it."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
        flags += [f"--user-data-dir={profile}", "--remote-debugging-port=0", "--disable-background-networking"]
        quiet = asyncio.subprocess.DEVNULL
        browser = await asyncio.create_subprocess_exec(program() or "chromium", *flags, stdout=quiet, stderr=quiet)
        try:
            address = await asyncio.wait_for(_address(Path(profile) / "DevToolsActivePort"), TIMEOUT)
            async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
                tab = Page(socket)
                await tab.open()
                yield tab
                await tab.close()
        finally:
            browser.terminate()
            await browser.wait()


async def _address(written: Path) -> str:
    while not written.exists() or len(lines := written.read_text().splitlines()) < 2:
        await asyncio.sleep(0.05)
    return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
