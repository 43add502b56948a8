"""Generators of code that is checked in; nothing here is needed at run time."""
