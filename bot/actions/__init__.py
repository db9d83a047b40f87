"""Custom actions: they read the tracker and the turn's metadata, write through the store, and return events.

What is asked, in which order and with which words, stands in ``bot/content``; ``dialogue.py`` is the one engine for it.
"""
