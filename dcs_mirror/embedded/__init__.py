"""The embedded PostgreSQL server: its life, its account, its processes."""
