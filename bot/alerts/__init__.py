"""What happens without anybody asking: the worker process, and (later) the channels that alert staff."""
