import datetime
def is_expired(token):
    return datetime.datetime.now() > token.expires
