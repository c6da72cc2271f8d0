"""What a rehearsal breaks on purpose, with evidence that it was felt."""
