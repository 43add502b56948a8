"""Notifications: what happened, told to those whom it concerns, in order, at least once."""
