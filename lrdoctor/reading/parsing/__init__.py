"""What the readers are made of: tables, lines, records, settings, names.  No file here is a format of its own."""
