"""aXcelerate, a student record system: read enrolments, and update each of them exactly once."""
