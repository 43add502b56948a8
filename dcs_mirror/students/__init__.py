"""Student numbers: from a file, a database or aXcelerate to a plan, and from the plan to the DCS (A4, A5)."""
