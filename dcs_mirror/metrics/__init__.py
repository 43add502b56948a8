"""Figures of a process and of the mirror, and where a monitor asks for them.

``calls`` counts what this process sends to the DCS; ``mirror`` reads from the database what all processes
did; ``service`` answers ``/metrics``, ``/healthz`` and ``/readyz``.
"""
