"""The only public process: front door, chat API, chat page and staff console."""
