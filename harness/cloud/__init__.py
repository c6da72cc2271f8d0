"""The local cloud: an HTTP API, Lambda functions under AWS's own runtime client, and their event sources."""
