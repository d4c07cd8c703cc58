"""Live pages under the server of production: gunicorn with gevent workers."""

import asyncio

import psutil
import pytest

from benchmarks import chat, machine, reconnect
from tests.browser_client import Browser
from tests.factories import make_channel, make_customer, make_employee, post
from tests.live_server import Line


@pytest.mark.long
@pytest.mark.slow
def test_streams_are_fed_by_two_processes_and_end_with_them(app, services, config):
    carla, ada = make_customer(), make_employee()
    channel = make_channel(carla, owner=ada)
    env = machine.settings(services) | {"SECRET_KEY": config.secret_key, "PYTHONUNBUFFERED": "1"}
    cookie = Browser(app, carla.person_id).http.get_cookie("rapport")
    headers = {"Cookie": f"rapport={cookie.value}", "Accept": "text/event-stream"}
    with machine.web("wsgi:app", env) as (address, master):
        port = int(address.rsplit(":", 1)[1])
        lines = [Line(port, f"/portal/chats/{channel.channel_id}/stream?after=1", headers) for _ in range(10)]
        assert {line.status for line in lines} == {200}
        post(channel, ada, "Under gunicorn")
        for line in lines:
            line.wait_for_text("Under gunicorn")
        workers = [worker for worker in master.children() if worker.net_connections()]
        for worker in workers:
            worker.terminate()
        for line in lines:
            assert line.wait(lambda line: line.is_over, 20)
        _gone, alive = psutil.wait_procs(workers, timeout=20)
        assert alive == []


@pytest.mark.slow
def test_a_killed_process_loses_no_message_of_its_live_pages(app, services, config):
    for _customer in range(30):
        make_customer()
    chats = chat.make_chats(app, customers=30, agents=2)
    env = machine.settings(services) | {"SECRET_KEY": config.secret_key, "PYTHONUNBUFFERED": "1"}
    with machine.web("wsgi:app", env) as (address, master):
        asyncio.run(chat.sign_all(address, chats))
        found = asyncio.run(reconnect.kill_one(address, master, chats))
    assert found.cut > 0
    assert found.said > 0
    assert (found.missed, found.twice) == (0, 0)
