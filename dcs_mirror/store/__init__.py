"""The mirror's tables and what keeps them: connections, migrations, runs, the embedded server."""
