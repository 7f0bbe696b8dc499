"""What Weights & Biases writes and exports."""
