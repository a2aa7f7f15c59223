"""A worker that prints what it takes from a queue, and waits for it."""
import queue
import threading

jobs = queue.Queue()


def work():
    while True:
        print(jobs.get())


def steps(n):
    while n >= 0:
        print(n)
        n -= 1


thread = threading.Thread(target=work, daemon=True)
