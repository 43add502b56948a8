"""Client of the DCS: calls, their pacing and retries, and the reading of answers."""
