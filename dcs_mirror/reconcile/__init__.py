"""Apply one institution's reading to the tables, in one transaction of set-based SQL.

``pipeline`` declares the phases and their steps, one SQL file each, in the order in which they run.
"""
