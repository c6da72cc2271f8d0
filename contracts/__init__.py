"""What functions, workers and harness agree on: identity, messages, topology, schema, documents."""
