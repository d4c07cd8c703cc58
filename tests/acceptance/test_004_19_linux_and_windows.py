"""004-19: the server runs on Linux; nothing outside the launcher needs what Windows lacks."""

import re
from pathlib import Path

from rq import SimpleWorker

from worker import LaneWorker

ROOT = Path(__file__).parent.parent.parent
UNIX_ONLY = re.compile(r"^\s*(import|from)\s+(fcntl|pwd|grp|resource|termios)\b|os\.fork\(|signal\.SIGALRM", re.M)
# What starts the embedded servers is for Linux and macOS; Windows brings its own by DATABASE_URL and REDIS_URL.
LAUNCHER = {"app/core/embedded.py", "app/core/supervisor.py", "app/core/preflight.py"}


def test_only_the_launcher_uses_what_windows_lacks():
    sources = [*(ROOT / "app").rglob("*.py"), ROOT / "worker.py", ROOT / "wsgi.py", ROOT / "config.py"]
    using = {path.relative_to(ROOT).as_posix() for path in sources if UNIX_ONLY.search(path.read_text())}
    assert using <= LAUNCHER


def test_workers_do_not_fork():
    assert issubclass(LaneWorker, SimpleWorker)
