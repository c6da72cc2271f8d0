"""Binary heaps in arrays, smallest first: of times, of times with a tag, and of rows. The caller keeps the size."""

from harness.capacity.kernel.compiled import Floats, Integers, compiled


@compiled
def replace(heap: Floats, size: int, time: float) -> None:
    """Puts `time` in the place of the smallest of `size` times."""
    at = 0
    child = 1
    while child < size:
        if child + 1 < size:
            child += heap[child + 1] < heap[child]
        if heap[child] >= time:
            break
        heap[at] = heap[child]
        at = child
        child = 2 * at + 1
    heap[at] = time


@compiled
def push(heap: Floats, size: int, time: float) -> int:
    """Adds `time` to `size` times; the new size. The array must have room."""
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if heap[parent] <= time:
            break
        heap[at] = heap[parent]
        at = parent
    heap[at] = time
    return size + 1


@compiled
def pop(heap: Floats, size: int) -> int:
    """Removes the smallest of `size` times; the new size."""
    size -= 1
    if size > 0:
        replace(heap, size, heap[size])
    return size


@compiled
def push_tagged(heap: Floats, tags: Integers, size: int, time: float, tag: int) -> int:
    """Adds `time` and its `tag` to `size` of them; the new size. The arrays must have room."""
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if heap[parent] <= time:
            break
        heap[at] = heap[parent]
        tags[at] = tags[parent]
        at = parent
    heap[at] = time
    tags[at] = tag
    return size + 1


@compiled
def pop_tagged(heap: Floats, tags: Integers, size: int) -> int:
    """Removes the smallest of `size` times and its tag; the new size."""
    size -= 1
    if size == 0:
        return 0
    time, tag = heap[size], tags[size]
    at = 0
    child = 1
    while child < size:
        if child + 1 < size:
            child += heap[child + 1] < heap[child]
        if heap[child] >= time:
            break
        heap[at] = heap[child]
        tags[at] = tags[child]
        at = child
        child = 2 * at + 1
    heap[at] = time
    tags[at] = tag
    return size


@compiled
def push_row(rows: Floats, size: int, row: Floats) -> int:
    """Adds `row` to `size` columns of `rows`, by what stands in its first place; the new size. There must be room."""
    at = size
    while at > 0:
        parent = (at - 1) >> 1
        if rows[0, parent] <= row[0]:
            break
        rows[:, at] = rows[:, parent]
        at = parent
    rows[:, at] = row
    return size + 1


@compiled
def pop_row(rows: Floats, size: int) -> int:
    """Removes the column whose first place is smallest; the new size."""
    size -= 1
    at = 0
    child = 1
    while child < size:
        if child + 1 < size:
            child += rows[0, child + 1] < rows[0, child]
        if rows[0, child] >= rows[0, size]:
            break
        rows[:, at] = rows[:, child]
        at = child
        child = 2 * at + 1
    rows[:, at] = rows[:, size]
    return size
