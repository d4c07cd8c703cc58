"""001-18: push alone reaches at least 80 %: what a push service cannot take now is tried again, and the report says."""

import re

from sqlalchemy import update

from app.core.clock import now
from app.core.jobs import Job
from tests.factories import make_customer, make_employee
from tests.reach.cast import give_device, kinds, launch, make_task, write

PUSH = {"push": {"en": {"title": "New lamps", "body": "", "url": ""}}}


def test_busy_services_and_devices_that_are_gone_leave_85_in_100(push_service, db, work, browser):
    people = [make_customer() for _one in range(20)]
    devices = [give_device(one, push_service) for one in people]
    for gone in devices[:3]:
        push_service.ask("drop", endpoint=gone)
    push_service.ask("answer", answers=[[503, {}]] * 5)
    task = launch(make_task(write(PUSH), "push"))
    work()
    assert kinds()["later"] == 5
    db.execute(update(Job).where(Job.state == "queued").values(due_at=now()))
    db.commit()
    work()
    shown = [len(push_service.shown(device)) for device in devices[3:]]
    assert shown == [1] * 17
    page = browser(make_employee("manager")).get(f"/reach/tasks/{task.id}").text
    row = re.search(r'<tr><th scope="row">Push</th>(.*?)</tr>', page, re.DOTALL)[1]
    cells = [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
    assert cells == ["20", "–", "17", "nobody tells", "3", "85.0% of sent"]
