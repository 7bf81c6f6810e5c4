"""How many examples a property gets that takes long for each; the profiles stand in `tests/conftest.py`."""

from __future__ import annotations

from hypothesis import Phase, settings

PATIENT = {"smallest", "thorough", "nightly"}


def costly(share: int = 2) -> settings:
    """For a property that runs a whole engine: one in `share` of the profile's examples, and what fails is shown as it
    was found. To make it small takes up to five minutes, which only the patient profiles spend."""
    now = settings()
    patient = settings.get_current_profile_name() in PATIENT
    phases = [one for one in now.phases if patient or one not in {Phase.shrink, Phase.explain}]
    return settings(now, max_examples=now.max_examples // share, phases=phases)
