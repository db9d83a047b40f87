"""Between Sessions: a therapy-support chat for people who depend, or depended, on benzodiazepines."""

__version__ = "0.1.0"
