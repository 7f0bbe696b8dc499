"""What reruns say about the band's edges."""
