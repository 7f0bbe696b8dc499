"""Archives, compressed files and URLs as local files."""
