"""Pieces in quarantine are settled, never deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add when a piece was settled, and what became of it."""
    op.add_column("quarantine", sa.Column("settled_at", sa.BigInteger(), nullable=True))
    op.add_column("quarantine", sa.Column("outcome", sa.Text(), server_default="", nullable=False))
