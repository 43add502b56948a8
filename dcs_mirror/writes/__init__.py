"""The writing side: what may be sent, what was sent, and what became of it (A1-A7)."""
