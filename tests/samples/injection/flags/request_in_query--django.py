from django.db import connection
def view(request):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM users WHERE name = '%s'" % request.GET['name'])
