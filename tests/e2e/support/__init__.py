"""What the end-to-end tests stand on: a private PostgreSQL, the real newsmill as processes, other
people's implementations of its wire (pyzmq, python3-msgpack, psycopg2), and articles to push.

Waiting is always for something that can be observed, with a deadline; nothing here sleeps for luck.
"""
