"""The yardstick of chat: a bare application that publishes what is posted and writes it to the open streams."""

import json
import os
import queue
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator

import redis

TOPIC = "echo"

client = redis.Redis.from_url(os.environ["REDIS_URL"])
streams: dict[str, set[queue.SimpleQueue[bytes]]] = defaultdict(set)
listener: list[threading.Thread] = []


def listen() -> None:
    """Hand every published line to the streams of its channel."""
    bell = client.pubsub(ignore_subscribe_messages=True)
    bell.subscribe(TOPIC)
    for message in bell.listen():
        channel, words = json.loads(message["data"])
        for waiting in list(streams[channel]):
            waiting.put(b"data: " + json.dumps({"html": words}).encode() + b"\n\n")


def app(environ: dict, start_response: Callable) -> Iterator[bytes] | list[bytes]:
    """POST /<channel> says something, GET /<channel> listens, GET /healthz lives."""
    channel = environ["PATH_INFO"]
    if environ["REQUEST_METHOD"] == "POST":
        words = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        client.publish(TOPIC, json.dumps([channel, words]))
        start_response("204 No Content", [])
        return [b""]
    if channel == "/healthz":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]
    if not listener:
        listener.append(threading.Thread(target=listen, daemon=True))
        listener[0].start()
    start_response("200 OK", [("Content-Type", "text/event-stream")])
    return stream(channel)


def stream(channel: str) -> Iterator[bytes]:
    """Everything said on a channel from now on."""
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    streams[channel].add(waiting)
    try:
        yield b": hello\n\n"
        while True:
            yield waiting.get()
    finally:
        streams[channel].discard(waiting)
