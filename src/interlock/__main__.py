"""`python -m interlock` is the command line."""

from interlock.cli import main

if __name__ == "__main__":
    main(prog_name="interlock")
