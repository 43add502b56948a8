"""Links: whether a student can open each of a list of links, and if not, why and since when."""
