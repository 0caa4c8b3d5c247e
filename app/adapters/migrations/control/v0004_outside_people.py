"""People of an identity provider: a digest of issuer and subject, and no password."""

import sqlalchemy as sa
from alembic import op

revision = "control_0004"
down_revision = "control_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and see that nobody is there twice."""
    op.add_column("people", sa.Column("outside", sa.String))
    op.create_index("people_outside", "people", ["outside"], unique=True)
