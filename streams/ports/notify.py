"""Apprise, which sends by itself: in a thread, within a bounded time. Imported when the first letter wants it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from streams.outgoing import Answer, Notify
from streams.ports.hush import hush_libraries
from streams.secrets import Secret

SECONDS = 30.0
AT_ONCE = 4  # threads; one that hangs is left to its service's own time-outs, and the next waits for another


class NotifyPort:
    """Hands over. Never raises for what Apprise or a service does: a code of 0 says that there was no answer."""

    def __init__(self, seconds: float = SECONDS) -> None:
        """`seconds` bounds each letter as a whole."""
        hush_libraries()
        self._seconds = seconds
        self._threads = ThreadPoolExecutor(AT_ONCE, "apprise")

    async def send(self, notify: Notify) -> Answer:
        """Hand over once."""
        if not notify.url:
            return Answer(code=0, text="no such name among the channel's urls")
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._seconds):
                return await loop.run_in_executor(self._threads, _handed, notify.url, notify.title, notify.text)
        except Exception as error:  # its words may hold the URL
            return Answer(code=0, text=type(error).__name__, unsure=True)

    async def aclose(self) -> None:
        """Wait for nobody."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _handed(url: Secret, title: str, text: str) -> Answer:
    import apprise  # noqa: PLC0415 - an extra, and 0.3 s that most never need

    # Nothing of it on the disk, no plug-ins of this machine, no answer of a service in a log.
    asset = apprise.AppriseAsset(
        app_id="Zhiban", app_desc="", app_url="", secure_logging=True, storage_mode=apprise.PersistentStoreMode.MEMORY
    )
    box = apprise.Apprise(asset=asset)
    if not box.add(url.reveal()):
        return Answer(code=0, text="the URL is none that Apprise knows")
    taken = box.notify(body=text, title=title, body_format=apprise.NotifyFormat.TEXT, interpret_escapes=False)
    # A time-out and a refusal are one to Apprise.
    return Answer(code=200) if taken else Answer(code=502, text="the service did not take it", unsure=True)
