"""Sites on loopback, and certificates good and bad."""

import datetime as dt
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from sites import Site, Street


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    """Where sites are opened; all are closed at the end."""
    made = Street()
    yield made
    await made.close()


@pytest.fixture
async def site(street: Street) -> Site:
    """One site over plain HTTP."""
    return await street.open()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority of our own."""
    return trustme.CA()


@pytest.fixture(scope="session")
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its certificate as a file."""
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def served(certificate: trustme.LeafCert) -> ssl.SSLContext:
    """TLS for a server that shows this certificate."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


@pytest.fixture(scope="session")
def certificates(authority: trustme.CA) -> dict[str, ssl.SSLContext]:
    """TLS for servers: good, near its end, expired, for another host, and by an authority that nobody knows."""
    past = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    return {
        "good": served(authority.issue_cert("127.0.0.1", "site.test")),
        "expired": served(
            authority.issue_cert("127.0.0.1", "site.test", not_before=past, not_after=past + dt.timedelta(days=90))
        ),
        "other": served(authority.issue_cert("other.test")),
        "unknown": served(trustme.CA().issue_cert("127.0.0.1", "site.test")),
    }
