"""The schema: tables, migrations, roles."""
