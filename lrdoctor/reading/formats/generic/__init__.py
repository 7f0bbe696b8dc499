"""Tables, JSON rows and console text that no library claims."""
