"""aXcelerate, a student record system: reading enrolments, and updating each of them once."""
