"""Attempts of channels that have a pace, so that all senders together keep it."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; nothing is known of attempts before."""
    op.create_table(
        "sendings",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("recipient", sa.String(length=400), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "began_at"),
    )
    op.create_index("sendings_by_channel", "sendings", ["channel", "ended_at"])
