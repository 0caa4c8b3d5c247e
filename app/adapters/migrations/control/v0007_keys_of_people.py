"""Keys of people: whose hands a key is in, where it is not a service account's."""

import sqlalchemy as sa
from alembic import op

revision = "control_0007"
down_revision = "control_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; keys from before are service accounts."""
    op.add_column("api_keys", sa.Column("user_id", sa.String))
