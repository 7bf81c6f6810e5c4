"""No floods: so many letters to one recipient within a window, the last of them a summary of what came beyond."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from alerts.board import Board
from alerts.groups import Wake
from alerts.remembered import Quota
from alerts.routing import Recipient

QUOTA = "quota/"
NOBODY = frozenset({"console"})  # channels at whose end there is no person


def is_over(board: Board, recipient: Recipient, keys: Mapping[str, str], at: datetime) -> bool:
    """Count a letter about `keys` (alert: reason); where it is one too many, they wait for the summary."""
    most, window = board.settings.most, timedelta(seconds=board.settings.window)
    if not most or recipient.channel in NOBODY:
        return False
    quota = board.get(Quota, recipient.name)
    if quota is None or (at >= quota.since + window and not quota.keys):
        board.put(recipient.name, Quota(at))
        return False
    if quota.count < most - 1 and not quota.keys:
        quota.count += 1
        board.touch(Quota, recipient.name)
        return False
    if not quota.keys:
        board.put(QUOTA + recipient.name, Wake(max(quota.since + window, at)))
    quota.keys.update(keys)
    board.touch(Quota, recipient.name)
    return True
