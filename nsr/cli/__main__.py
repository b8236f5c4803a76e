"""`python -m nsr.cli` is the command `nsr`."""

from nsr.cli import main

if __name__ == "__main__":
    main(prog_name="nsr")
