"""The inbox with 200,000 conversations, beside the bare page of the yardstick.

Goal: each list at least 0.4 of the yardstick's requests per second, at 16 connections.
"""

import argparse

from sqlalchemy import text

from app.conversations.queries.lists import TABS
from app.core.db import db
from benchmarks import machine

GOAL_SHARE = 0.4
# Of a hundred conversations two wait, four are open with the agents, the others are closed; each has three messages.
CHANNELS = text(
    """
    WITH agents AS (SELECT row_number() OVER () - 1 AS n, person_id FROM employees WHERE role = 'agent'),
    askers AS (SELECT row_number() OVER () - 1 AS n, person_id FROM customers),
    asked AS (SELECT n, now() - n * interval '4 minutes' AS at, n % 50 = 0 AS waits, n % 25 = 1 AS goes_on,
                     n % (SELECT count(*) FROM agents) AS agent, n % (SELECT count(*) FROM askers) AS asker
              FROM generate_series(1, :conversations) AS n)
    INSERT INTO comm_channels (channel_id, kind, state, topic, customer_id, owner_id, requested_at, waiting_since,
        accepted_at, first_response_at, unanswered_since, closed_at, last_seq, last_at)
    SELECT gen_random_uuid(), 'chat', CASE WHEN waits THEN 'waiting' WHEN goes_on THEN 'open' ELSE 'closed' END,
        'Hampers, order ' || asked.n, askers.person_id, CASE WHEN NOT waits THEN agents.person_id END, at,
        CASE WHEN waits THEN at END, CASE WHEN NOT waits THEN at + interval '1 minute' END,
        CASE WHEN NOT waits THEN at + interval '2 minutes' END,
        CASE WHEN waits OR (goes_on AND asked.n % 2 = 0) THEN at END,
        CASE WHEN NOT waits AND NOT goes_on THEN at + interval '1 hour' END, 3, at + interval '3 minutes'
    FROM asked JOIN askers ON askers.n = asker JOIN agents ON agents.n = agent
    """
)
MESSAGES = (
    """
    CREATE TEMPORARY TABLE said AS
    SELECT gen_random_uuid() AS comm_id, channel_id, seq,
        CASE seq WHEN 2 THEN owner_id ELSE customer_id END AS sender_id,
        'Where is my parcel? It should have come by now, word ' || seq AS content,
        requested_at + seq * interval '1 minute' AS at
    FROM comm_channels, generate_series(1, 3) AS seq WHERE topic LIKE 'Hampers, order %'
    """,
    "INSERT INTO communication_registry SELECT comm_id, 'chat' FROM said",
    "INSERT INTO chats (comm_id, sender_id, content, at) SELECT comm_id, sender_id, content, at FROM said",
    "INSERT INTO comm_channel_pairs (channel_id, comm_id, seq) SELECT channel_id, comm_id, seq FROM said",
    """
    INSERT INTO comm_channel_participants (channel_id, person_id, joined_at, last_read_seq)
    SELECT channel_id, person_id, requested_at, 3 - (requested_at < now() - interval '1 day')::integer
    FROM comm_channels, unnest(ARRAY[customer_id, owner_id]) AS person_id
    WHERE topic LIKE 'Hampers, order %' AND person_id IS NOT NULL
    """,
    "ANALYZE comm_channels, comm_channel_pairs, comm_channel_participants, communications, chats",
)


def fill(conversations: int) -> None:
    """Write the conversations past the triggers that keep the registry, which is written beside."""
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    db.session.execute(CHANNELS, {"conversations": conversations})
    for statement in MESSAGES:
        db.session.execute(text(statement))
    db.session.commit()


def main() -> None:
    """Print one line for each list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--conversations", type=int, default=200_000)
    asked = parser.parse_args()
    with machine.shop(asked.customers, per_customer=1) as shop:
        with shop.app.app_context():
            fill(asked.conversations)
            thread = db.session.scalar(text("SELECT channel_id FROM comm_channels WHERE state = 'open' LIMIT 1"))
        cookie = machine.cookie_of(shop.app, "manager")
        print(f"{asked.conversations:,} conversations")
        limit = machine.yardstick(shop.env)
        pages = {tab: f"/conversations?tab={tab}" for tab in TABS} | {"one with its list": f"/conversations/{thread}"}
        with machine.web("wsgi:app", shop.env) as (address, _master):
            machine.compare(address, pages, cookie, limit=limit, goal=GOAL_SHARE)


if __name__ == "__main__":
    main()
