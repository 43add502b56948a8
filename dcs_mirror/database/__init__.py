"""Access to PostgreSQL: connections, retries, SQL files as statements, locks."""
