"""Second looks: who says that a matter is put right is not asked for proof; its sources are looked at again at once.

When the last of them has been seen well since, and the matter still stands, a signal says so: the ledger has no other
word for a look that changes nothing. Where it is over, its closing says so itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from streams.findings import REGISTRY, Grade, Verdict
from streams.folding import Fold
from streams.looks import Look
from streams.rows import SUBJECT_BUNDLE, Claim, Open

STILL = "still_shown"


def take_claim(fold: Fold, matter: str) -> None:
    """Ask for a look at every source that can tell of an open matter. A newer claim takes an older one's place."""
    where = {one.id: (source, one) for source, one in _opens(fold)}
    sources = _sources_of(fold, matter, where)
    if not sources or SUBJECT_BUNDLE not in fold.bundles:
        return
    for source in sources:
        fold.ask(source, fold.now)
    upper = fold.own(SUBJECT_BUNDLE)
    # What is over is waited for no more: of sources that tell by themselves, no look ever comes.
    others = tuple(one for one in upper.claims if one.matter != matter and one.matter in where)
    upper.claims = (*others, Claim(matter, fold.now, sources))


def look_again(fold: Fold, look: Look) -> None:
    """A look was stepped: what it was to tell of claims is told."""
    upper = fold.bundles.get(SUBJECT_BUNDLE)
    if upper is None or not upper.claims or not look.good:
        return
    kept, told = list[Claim](), list[Claim]()
    for claim in upper.claims:
        left = _left(claim, look.source, look.witnessed_at)
        (kept if left.sources else told).append(left)
    fold.own(SUBJECT_BUNDLE).claims = tuple(kept)
    for claim in told:
        if _stands(fold, claim.matter, look.source):
            said = Verdict(level=Grade.OK, why=STILL, args={"matter": claim.matter}, signal=True)
            fold.signal(REGISTRY, look.source, said)


def drop_source(fold: Fold, source: str) -> None:
    """A source is read no more: no claim waits for it."""
    upper = fold.bundles.get(SUBJECT_BUNDLE)
    if upper is not None and any(source in one.sources for one in upper.claims):
        left = (_left(one, source, fold.now) for one in upper.claims)
        fold.own(SUBJECT_BUNDLE).claims = tuple(one for one in left if one.sources)


def _left(claim: Claim, source: str, seen: datetime) -> Claim:
    if seen < claim.at:
        return claim
    return msgspec.structs.replace(claim, sources=tuple(one for one in claim.sources if one != source))


def _opens(fold: Fold) -> Iterator[tuple[str, Open]]:
    for source, bundle in sorted(fold.bundles.items()):
        yield from ((source, one) for part in bundle.parts for one in part.opens)


def _sources_of(fold: Fold, matter: str, where: Mapping[str, tuple[str, Open]]) -> tuple[str, ...]:
    """The source of a matter; of one about the whole subject, those of what it sums up, or else all."""
    if matter not in where:
        return ()
    source, found = where[matter]
    if source != SUBJECT_BUNDLE:
        return (source,)
    summed = sorted({where[one][0] for one in found.folds if one in where} - {SUBJECT_BUNDLE})
    return tuple(summed or (one for one in sorted(fold.bundles) if one != SUBJECT_BUNDLE))


def _stands(fold: Fold, matter: str, source: str) -> bool:
    bundles = (fold.bundles[name] for name in (SUBJECT_BUNDLE, source))
    return any(one.id == matter for bundle in bundles for part in bundle.parts for one in part.opens)
