"""What downstream systems use: views, functions, their role, recheck flags and registered columns."""
