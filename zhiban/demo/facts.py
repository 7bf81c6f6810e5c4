"""temporary"""

from datetime import date

from streams.records import Fact, FactKind
from streams.subjects import ColumnType, Kind, Source, Subject
from zhiban.config import parse_span


def facts_of(registry, sources):
    out = []
    for r in registry:
        out.append(
            Fact(
                kind=FactKind.REGISTERED,
                subject=Subject(
                    id=r["id"],
                    name=r["name"],
                    kind=Kind(r["kind"]),
                    unit=r.get("unit", ""),
                    supervisor=r.get("supervisor", ""),
                    url=r.get("url", ""),
                    registered_on=date.fromisoformat(r["registered_on"]) if r.get("registered_on") else None,
                ),
            )
        )
    for r in sources:
        every = parse_span(r["every"]) if "every" in r else None
        out.append(
            Fact(
                kind=FactKind.SOURCE_ADDED,
                source=Source(
                    id=f"{r['subject']}/{r['connector']}/{r['name']}",
                    subject=r["subject"],
                    connector=r["connector"],
                    url=r["url"],
                    name=r["name"],
                    column_type=ColumnType(r["column_type"]) if r.get("column_type") else None,
                    top_level=r.get("top_level") == "yes",
                    every=every,
                ),
            )
        )
    return out
