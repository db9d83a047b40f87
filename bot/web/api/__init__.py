"""The chat API of design section 5: what the chat page speaks, and any other client may."""
