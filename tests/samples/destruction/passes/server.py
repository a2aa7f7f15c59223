import time
def serve(queue):
    while True:
        item = queue.get()
        if item is None:
            break
        print(item)
        time.sleep(1)
