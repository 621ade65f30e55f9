"""What a user writes: scenario files, checked whole."""
