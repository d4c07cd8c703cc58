"""PostgreSQL and Redis beside other greenlets; gevent's patches need a process of their own."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
from gevent import monkey; monkey.patch_all()
import sys, gevent, psycopg
from redis import Redis
from app.core import green
from app.core.redis import redis
green.install()

address = sys.argv[1] + "&options=-c%20statement_timeout%3D20000"

def ask(question, given=None):
    with psycopg.connect(address) as connection:
        return connection.execute(question, given).fetchone()[0]

with psycopg.connect(address) as holder:
    holder.execute("SELECT pg_advisory_xact_lock(7)")
    waiting = gevent.spawn(ask, "SELECT 7 FROM pg_advisory_xact_lock(7)")
    big = ask("SELECT length(%s)", ["x" * 30_000_000])  # more than the socket takes at once
    assert big == 30_000_000 and not waiting.ready()
assert waiting.get() == 7, "it waits for what this greenlet holds, and only it"
try:
    ask("SELECT 1 / 0")
except psycopg.errors.DivisionByZero:
    pass

redis.init(sys.argv[2])
redis.client.set("a", "1")
other = Redis.from_url(sys.argv[2])
assert other.client_kill_filter(_id=redis.client.client_id()) == 1
assert redis.client.get("a") == b"1", "what Redis ended is not used again"
bell = redis.client.pubsub(ignore_subscribe_messages=True)
bell.subscribe("bell")
gevent.spawn_later(0.2, redis.client.publish, "bell", "rings")
heard = [found["data"] for _ in range(5) if (found := bell.get_message(timeout=1))]
assert heard == [b"rings"], heard
print("fine")
"""

TOGETHER = """
from gevent import monkey; monkey.patch_all()
import gevent
from app.core.together import Together

goes = []

def serve(asked):
    goes.append(len(asked))
    gevent.sleep(0.001)
    return asked

together = Together(serve, weigh=lambda asked: 1, heaviest=100, blames=())
for _moment in range(2):
    gevent.joinall([gevent.spawn(together.ask, number) for number in range(20)], raise_error=True)
assert goes == [20, 20], goes
print("fine")
"""


def said_by(program: str, *words: str) -> str:
    ran = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, check=False)
    return ran.stdout + ran.stderr


def test_only_who_asked_waits(services):
    assert said_by(PROGRAM, services["DATABASE_URL"].replace("+psycopg", ""), services["REDIS_URL"]) == "fine\n"


def test_those_of_one_moment_are_served_by_one_go():
    assert said_by(TOGETHER) == "fine\n"
