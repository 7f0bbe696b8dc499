"""`python -m lrdoctor`."""

from lrdoctor.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
