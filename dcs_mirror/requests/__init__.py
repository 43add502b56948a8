"""Many requests from a file: read, planned, and submitted to the DCS (A6)."""
