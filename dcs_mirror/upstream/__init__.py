"""What the DCS says on the wire, one call at a time."""
