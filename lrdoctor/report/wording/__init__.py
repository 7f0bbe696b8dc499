"""Values -> plain English, the same words in every format."""
