"""`python -m pulse_router` is `pulse-router`."""

from pulse_router.cli.main import main

if __name__ == "__main__":
    main()
