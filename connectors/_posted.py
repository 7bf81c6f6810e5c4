"""Letters in a mailbox of its own (IMAP): each is answered by what was sent in reply to it."""

from __future__ import annotations

from connectors._clocks import When
from connectors._letters import Letter, State
from streams.connectors import Envelope, Envelopes
from streams.days import day_of


def posted(post: Envelopes) -> list[Letter]:
    """What came, the newest first, less what machines and lists sent. A letter is answered by the first that was sent
    in reply to it; where only the server's flag says so, without a time."""
    replies: dict[str, list[Envelope]] = {}
    for sent in post.sent:
        for one in sent.replies_to:
            replies.setdefault(one, []).append(sent)
    came = {letter.id: letter for letter in post.came if not letter.bulk}
    ordered = sorted(came.values(), key=lambda letter: (letter.at, letter.id), reverse=True)
    return [_letter(letter, replies.get(letter.id, [])) for letter in ordered]


def _letter(came: Envelope, replies: list[Envelope]) -> Letter:
    first = min((reply.at for reply in replies if reply.at >= came.at), default=None)
    answered = When(day_of(first), first) if first is not None else None
    state = State.ANSWERED if answered is not None or came.answered else State.WAITING
    return Letter(id=came.id, asked=When(day_of(came.at), came.at), answered=answered, state=state)
