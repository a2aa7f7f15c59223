from flask import Flask, request
import pickle, base64
app = Flask(__name__)
@app.route('/load', methods=['POST'])
def load():
    return str(pickle.loads(base64.b64decode(request.data)))
