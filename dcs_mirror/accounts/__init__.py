"""Accounts of the service: who may use it, what they see and may do, and a record of what they did."""
