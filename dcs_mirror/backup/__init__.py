"""Backups of the embedded server: a file with everything in the mirror's database, and its restore."""
