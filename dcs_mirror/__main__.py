"""`python -m dcs_mirror` is `dcs-mirror`."""

from dcs_mirror.cli import main

if __name__ == "__main__":
    main()
