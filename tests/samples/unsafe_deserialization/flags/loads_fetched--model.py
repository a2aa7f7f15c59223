import pickle
import requests
model = pickle.loads(requests.get('https://models.example.invalid/m.pkl').content)
