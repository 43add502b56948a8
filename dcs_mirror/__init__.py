"""An async mirror of the CLA Digital Content Store (DCS) in PostgreSQL."""

__version__ = "0.1.0"
