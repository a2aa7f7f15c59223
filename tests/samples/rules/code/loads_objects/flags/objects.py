import pickle


def load(path):
    return pickle.load(open(path, "rb"))
