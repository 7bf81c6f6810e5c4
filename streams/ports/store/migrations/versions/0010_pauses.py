"""Pauses of channels that were sent too many letters, and letters of which an attempt may have been taken."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both; of letters before, no attempt is in doubt."""
    op.create_table(
        "pauses",
        sa.Column("channel", sa.String(length=80), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel"),
    )
    op.add_column("outbox", sa.Column("unsure", sa.Integer(), server_default="0", nullable=False))
