"""Waiting for PostgreSQL beside other greenlets; gevent's patches need a process of their own."""

import subprocess
import sys

PROGRAM = """
from gevent import monkey; monkey.patch_all()
import sys, time, gevent, psycopg
from app.core import green
green.install()

def ask(question, given=None):
    with psycopg.connect(sys.argv[1]) as connection:
        return connection.execute(question, given).fetchone()[0]

started = time.monotonic()
slow = [gevent.spawn(ask, "SELECT 7 FROM pg_sleep(0.4)") for _ in range(5)]
big = gevent.spawn(ask, "SELECT length(%s)", ["x" * 30_000_000])  # more than the socket takes at once
gevent.joinall([*slow, big], raise_error=True)
assert [one.value for one in slow] == [7] * 5 and big.value == 30_000_000
assert time.monotonic() - started < 1.9, "they waited one after another"
try:
    ask("SELECT 1 / 0")
except psycopg.errors.DivisionByZero:
    print("fine")
"""


def test_only_who_asked_waits(services):
    address = services["DATABASE_URL"].replace("+psycopg", "")
    ran = subprocess.run([sys.executable, "-c", PROGRAM, address], capture_output=True, text=True, check=False)
    assert ran.stdout == "fine\n", ran.stderr
