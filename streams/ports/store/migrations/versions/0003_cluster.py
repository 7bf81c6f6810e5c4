"""For the cluster: leases, and how far what was told through the database has been relayed and applied."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them."""
    for name in ("relayed", "told"):
        op.add_column("partitions", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("quarantine", sa.Column("published", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("holder", sa.String(length=200), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
