"""Writing to the DCS: validate a write, send it, journal it, and resolve calls without an answer (A1-A7)."""
