"""Student numbers: read from a file, a database or aXcelerate, planned, and sent to the DCS (A4, A5)."""
