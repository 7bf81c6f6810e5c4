"""What is pushed, and what is answered, by way of example: for the document."""

from __future__ import annotations

from typing import Any

EXAMPLES: dict[str, Any] = {
    "a question": {
        "id": "SZXX-2026-0001",
        "channel": "市长信箱",
        "category": "咨询",
        "unit": "住建局",
        "asked_at": "2026-03-02T09:30:00+08:00",
    },
    "its answer": {"id": "SZXX-2026-0001", "answered_at": "2026-03-04T16:05:00+08:00"},
    "several, one as events": [
        {
            "id": "ZC-7",
            "mailbox": "6109990001-zc",
            "category": "找错",
            "unit": ["教育局", "财政局"],
            "events": [
                {"deed": "received", "at": "2026-03-02T10:00:00+08:00"},
                {"deed": "answered", "at": "2026-03-03T11:00:00+08:00"},
            ],
            "true": True,
        },
        {"id": "SZXX-2026-0002", "asked_at": "2026-03-02", "withdrawn_at": "2026-03-03"},
    ],
}
TAKEN = {
    "at": "2026-03-04T16:05:02+08:00",
    "messages": 1,
    "new": 1,
    "known": 0,
    "without_question": [],
    "kept": [],
}
