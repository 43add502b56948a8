"""${message}."""

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Upgrades the tables."""


def downgrade() -> None:
    """Takes the upgrade back."""
