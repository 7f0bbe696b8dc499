"""TensorBoard's event files and what its pages download."""
