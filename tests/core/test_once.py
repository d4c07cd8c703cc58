"""A form sent twice is done once."""

import threading

from app.core import once
from app.core.db import db as database


def test_the_second_sending_leads_to_the_first_result(db):
    token = once.new_token()
    assert once.claim(token) is None
    once.remember(token, "/customers/1")
    db.commit()
    assert once.claim(token) == "/customers/1"


def test_a_failed_first_sending_leaves_room_for_the_next(db):
    token = once.new_token()
    assert once.claim(token) is None
    db.rollback()
    assert once.claim(token) is None


def test_sent_in_the_same_moment(app):
    token, answers, start = once.new_token(), [], threading.Barrier(6)

    def send() -> None:
        with app.app_context():
            start.wait()
            answer = once.claim(token)
            if answer is None:
                once.remember(token, "/done")
            database.session.commit()
            answers.append(answer)

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=str) == ["/done"] * 5 + [None]
