"""What is measured before and between reruns: range tests, rounds, curvature, noise."""
