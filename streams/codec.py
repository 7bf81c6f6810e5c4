"""One codec for the log, the state and the ledger: JSON by msgspec, strict on types and open to added fields."""

from __future__ import annotations

import msgspec

from streams.connectors import Cursor
from streams.findings import Finding
from streams.messages import MessageEvent
from streams.records import Body

encode = msgspec.json.Encoder(order="deterministic").encode
decode_body = msgspec.json.Decoder(Body).decode
decode_finding = msgspec.json.Decoder(Finding).decode
decode_event = msgspec.json.Decoder(MessageEvent).decode
decode_cursor = msgspec.json.Decoder(Cursor).decode
