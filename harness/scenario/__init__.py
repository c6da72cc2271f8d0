"""A rehearsal from its file to its verdict: puts services, cloud, fleet, traffic, faults and checks together."""
