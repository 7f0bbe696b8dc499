"""Mutated logs, read: whatever bytes a file holds, a reader gives runs or one line, soon and in little memory."""
