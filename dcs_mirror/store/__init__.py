"""What is stored, as runs need it: known state, run rows and locks, resumption, status, quarantine."""
