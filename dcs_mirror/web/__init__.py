"""The service over HTTP: the DCS's methods from the mirror, permanent links, and a stream of changes."""
