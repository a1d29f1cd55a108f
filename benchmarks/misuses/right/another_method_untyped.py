def count(client):
    session = client.get_session()
    session.headers["accept"] = "text/plain"
    return session.count()
