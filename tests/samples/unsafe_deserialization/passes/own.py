import pickle
def restore(path):
    with open(path, 'rb') as handle:
        return pickle.load(handle)
