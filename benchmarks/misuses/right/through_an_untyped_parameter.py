def count(manager):
    with manager.get_session() as session:
        return session.count()
