"""How fast the mirror is, each figure beside what bounds it: `make bench`. Not shipped in the wheel."""
