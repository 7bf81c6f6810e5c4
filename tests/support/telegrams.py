"""A Bot API on loopback that behaves as its documentation says: updates are held until they are confirmed by a greater
offset, a question for them waits and is ended by the next one, and what a bot does to a message is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from letters import serving

BOT = {"id": 1, "is_bot": True, "first_name": "值班"}


class Api:
    """The mind of it. `faults` are answered first: (status, body) one by one."""

    def __init__(self) -> None:
        self.updates: list[dict[str, Any]] = []
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.faults: list[tuple[int, dict[str, Any]]] = []
        self.url = ""
        self.conflicts = 0  # questions that were ended by another's
        self._questions = 0
        self._news = asyncio.Event()
        self._number = 100

    async def answer(self, request: web.Request) -> web.StreamResponse:
        method = request.path.rpartition("/")[2]
        form = dict(await request.post())
        self.asked.append((method, form))
        if self.faults:
            status, body = self.faults.pop(0)
            return web.json_response({"ok": False, "error_code": status, "description": "no"} | body, status=status)
        if method == "getUpdates":
            found = await self._updates(form)
            if found is None:
                self.conflicts += 1
                said = {
                    "ok": False,
                    "error_code": 409,
                    "description": "Conflict: terminated by other getUpdates request",
                }
                return web.json_response(said, status=409)
            return web.json_response({"ok": True, "result": found})
        if method == "sendMessage":
            chat = {"id": int(str(form["chat_id"])), "type": "private"}
            return web.json_response({"ok": True, "result": {"message_id": 9, "date": 1, "chat": chat}})
        return web.json_response({"ok": True, "result": True})

    async def _updates(self, form: dict[str, Any]) -> list[dict[str, Any]] | None:
        """Those from the offset on; None where somebody else asked meanwhile."""
        self._questions += 1
        mine = self._questions
        self._news.set()  # whoever waits looks whether it is still the last one
        offset = int(str(form.get("offset", 0)))
        self.updates = [one for one in self.updates if one["update_id"] >= offset]
        until = asyncio.get_running_loop().time() + float(str(form.get("timeout", 0)))
        while not self.updates and mine == self._questions:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), until - asyncio.get_running_loop().time())
            except TimeoutError:
                return []
        if mine != self._questions:
            return None
        return [one for one in self.updates if one["update_id"] >= offset]

    def _add(self, **update: Any) -> int:
        self._number += 1
        self.updates.append({"update_id": self._number, **update})
        self._news.set()
        return self._number

    def says(self, chat: int, text: str, who: str = "王芳", answers: str = "") -> int:
        """Somebody writes a message."""
        message = {
            "message_id": 5,
            "date": 1,
            "chat": {"id": chat, "type": "private"},
            "from": {"id": chat, "is_bot": False, "first_name": who},
            "text": text,
        }
        if answers:
            ours = {"message_id": 4, "date": 1, "chat": message["chat"], "from": BOT, "text": answers}
            message["reply_to_message"] = ours
        return self._add(message=message)

    def presses(self, chat: int, data: str, keyboard: list[list[tuple[str, str]]] | None = None) -> int:
        """Somebody presses a button under a message of ours."""
        rows = [[{"text": text, "callback_data": known} for text, known in row] for row in keyboard or [[("x", data)]]]
        message = {
            "message_id": 7,
            "date": 1,
            "chat": {"id": chat, "type": "private"},
            "from": BOT,
            "text": "值班",
            "reply_markup": {"inline_keyboard": rows},
        }
        user = {"id": chat, "is_bot": False, "first_name": "王芳"}
        query = {"id": f"q{self._number}", "from": user, "chat_instance": "i", "data": data, "message": message}
        return self._add(callback_query=query)

    def edits(self) -> int:
        """Something that is nothing to us."""
        return self._add(edited_message={"message_id": 5, "date": 1, "chat": {"id": 7, "type": "private"}})

    def told(self, method: str) -> list[dict[str, Any]]:
        """What was asked of a method, its JSON fields read."""
        return [
            {key: json.loads(str(one)) if key == "reply_markup" else one for key, one in form.items()}
            for name, form in self.asked
            if name == method
        ]


@asynccontextmanager
async def telegram() -> AsyncIterator[Api]:
    """The API, listening; its base URL is `url`."""
    api = Api()
    async with serving(api.answer) as url:
        api.url = f"{url}/bot"
        yield api
