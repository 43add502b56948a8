"""Work that programs share: a queue in the mirror's own database, workers, and the nightly schedule."""
