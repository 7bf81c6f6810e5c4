"""The ledger as it was folded up to the ends of the last weeks."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them; the next digest folds the ledger once more."""
    op.create_table(
        "weeks",
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.String(length=80), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("until"),
    )
