"""The compiled kernel of the simulator: stages that take one tick's arrivals and say when each departs.

Every stage keeps its state from one tick to the next, takes arrays of times in seconds, ascending, and gives the same
result however the time is cut into ticks, as long as nobody changes it between them. What is cut is half open: a tick
holds the times from its beginning to before its end. Importing it loads numba, which takes a second.
"""
