"""What goes out: the ledger strictly before the watermark, and what lies in quarantine; each once, in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from ledgers import T0, Ledger
from stores import new_store

from streams.findings import Finding
from streams.publisher import Piece, Publisher
from streams.records import Position


class Basket:
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.findings_got: list[Finding] = []
        self.pieces_got: list[Piece] = []

    def findings(self, findings: Sequence[Finding]) -> None:
        self.findings_got += findings

    def pieces(self, pieces: Sequence[Piece]) -> None:
        self.pieces_got += pieces


def test_findings_go_out_up_to_the_watermark_and_once() -> None:
    store, out = new_store("sqlite://"), Basket()
    story = Ledger().opens("甲", T0).opens("乙", T0 + timedelta(hours=1)).ordered()
    with store.write() as tx:
        tx.set_partitions(1)
        tx.add_findings(story)
    publisher = Publisher(store, out)
    assert publisher.turn() == 0, "nobody knows yet what is settled"
    for hours, count in ((1, 1), (1, 0), (2, 1), (3, 0)):
        with store.write() as tx:
            tx.set_progress(0, Position(1, 1), T0 + timedelta(hours=hours))
        assert publisher.turn() == count
    assert out.findings_got == story


def test_pieces_go_out_once_also_one_that_was_committed_late() -> None:
    store, out = new_store("sqlite://"), Basket()
    with store.write() as tx:
        tx.set_partitions(1)
        tx.put_aside("record", "log/0/1/1", "no", b"\xff\x00", T0)
        tx.put_aside("record", "log/0/1/2", "no", b"2", T0)
        tx.set_published([2])
    publisher = Publisher(store, out)
    assert (publisher.turn(), publisher.turn()) == (1, 0)
    assert [(piece.place, piece.body) for piece in out.pieces_got] == [("log/0/1/1", b"\xff\x00")]
