"""One institution's reading into the tables, in one transaction: set-based SQL, a file a step.

The folder ``sql`` holds the steps, numbered in the order in which they run:
0 lock and load, 1 courses recognised, 2 items recognised, 3 what is gone, 4 institution and courses
written, 5 items written, 6 what follows from the changes, 7 quarantine, 9 counts and the change feed.
"""
