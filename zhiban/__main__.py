"""`python -m zhiban`, where the command itself is not on the path."""

from zhiban.cli import main

if __name__ == "__main__":
    main()
