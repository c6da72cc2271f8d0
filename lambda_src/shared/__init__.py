"""What several functions use. A function imports the modules that it needs and no others: imports are cold start."""
