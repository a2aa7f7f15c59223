from flask import request, render_template_string
def hello():
    return render_template_string('Hello ' + request.args.get('name'))
