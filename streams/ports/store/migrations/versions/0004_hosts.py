"""Hosts: what is due and out at each, so that all workers together keep to its limits."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them, each due at the first look there; one that is early is found out when it is looked at."""
    op.create_table(
        "hosts",
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("out", sa.Integer(), server_default="0", nullable=False),
        sa.Column("kept_by", sa.String(length=80), server_default="", nullable=False),
        sa.Column("kept_until", sa.BigInteger(), nullable=True),
        sa.Column("next_start", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("away_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("refusals", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("host"),
    )
    op.create_index("hosts_by_due", "hosts", ["due_at"])
    op.create_index("polls_by_host", "polls", ["host", "next_at"])
    leased = sa.text("lease_until IS NOT NULL")
    op.create_index("polls_out", "polls", ["host", "lease_until"], sqlite_where=leased, postgresql_where=leased)
    op.execute("UPDATE polls SET host = substr(source, 1, 255) WHERE host = ''")
    due = "SELECT host, coalesce(min(next_at), 4611686018427387904) FROM polls GROUP BY host"
    op.execute(f"INSERT INTO hosts (host, due_at) {due}")
