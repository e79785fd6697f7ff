"""``python -m visawire``: the same as the ``visawire`` command."""

from visawire.cli import main

if __name__ == "__main__":
    main(prog_name="visawire")
