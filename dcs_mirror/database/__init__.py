"""Connections to PostgreSQL: opening, retrying, and SQL files as statements."""
