"""The launcher: `python rapport.py` starts everything, `python rapport.py flask ...` runs one command beside it."""

import signal
import sys
from pathlib import Path
from types import ModuleType

signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the supervisor listens, Ctrl-C ends this without a traceback

# The launcher needs four modules of the ground floor. A bare package in the application's place
# keeps it from importing all of Rapport, which would take two seconds and 60 MB each time.
ground = ModuleType("app")
ground.__path__ = [str(Path(__file__).parent / "app")]
sys.modules["app"] = ground

from app.core import mail_sink, supervisor  # noqa: E402 - below what makes them light

if __name__ == "__main__":
    sys.exit(mail_sink.main() if sys.argv[1:] == ["mail"] else supervisor.main(sys.argv[1:]))
