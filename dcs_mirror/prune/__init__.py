"""Growth: forget old entries of the change feed, of runs and of the journal that nothing needs any more."""
