from store.other import Client


def count(client: Client) -> int:
    return client.get_session().count()
