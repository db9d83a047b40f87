"""The command line's commands, one module per group. Here, and in ``bot/cli.py``, the rooms are put together."""
