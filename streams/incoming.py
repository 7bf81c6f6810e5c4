"""What comes into the house by chat: messages and pressed buttons, as the Telegram port hears them."""

from __future__ import annotations

import msgspec

from streams.outgoing import Keyboard


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One update. `number` only grows; whoever was told of a number never hears of it again.

    A pressed button has `press` (its data), `query` (by which it is answered), and the message it stood under with its
    `keyboard`. `answers` is the text of our own message that a message replies to.
    """

    number: int
    chat: str = ""
    who: str = ""  # the name that the sender has given themselves
    text: str = ""
    answers: str = ""
    press: str = ""
    query: str = ""
    message: int = 0
    keyboard: Keyboard = ()
