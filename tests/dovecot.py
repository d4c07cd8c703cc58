"""A real Dovecot in a folder of its own, for whoever reads mail by IMAP."""

import getpass
import grp
import imaplib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.mail_server import free_port

USER, PASSWORD = "hello@lotus.example", "quiet-herons"
SETTINGS = """
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
ssl = no
auth_failure_delay = 0 secs
disable_plaintext_auth = no
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
mail_uid = {mail_user}
mail_gid = {mail_group}
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={mail_user} gid={mail_group} home={folder}/mail/%u
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""


def is_installed() -> bool:
    """Dovecot is on this machine."""
    return _program() is not None


def _program() -> str | None:
    return shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Dovecot:
    """Listens on a free local port; `user` is anybody, with one password."""

    def __init__(self) -> None:
        self.port = free_port()
        self._folder = tempfile.TemporaryDirectory(prefix="rapport-dovecot-", ignore_cleanup_errors=True)

    def __enter__(self) -> "Dovecot":
        folder = Path(self._folder.name)
        is_root = os.getuid() == 0
        me = getpass.getuser() if not is_root else "dovecot"
        mail_user = me if not is_root else "nobody"
        (folder / "mail").mkdir()
        if is_root:
            folder.chmod(0o755)
            shutil.chown(folder / "mail", mail_user)
        names = {
            "folder": folder,
            "port": self.port,
            "internal": me,
            "login": me if not is_root else "dovenull",
            "mail_user": mail_user,
            "mail_group": grp.getgrgid(pwd.getpwnam(mail_user).pw_gid).gr_name,
            "group": grp.getgrgid(pwd.getpwnam(me).pw_gid).gr_name,
            "password": PASSWORD,
        }
        settings = folder / "dovecot.conf"
        settings.write_text(SETTINGS.format(**names))
        self._log = folder / "log"
        self._process = subprocess.Popen([_program() or "dovecot", "-F", "-c", str(settings)], stderr=subprocess.STDOUT)
        for _attempt in range(20):
            try:
                self.client().logout()
            except (OSError, imaplib.IMAP4.error):
                time.sleep(0.2)
            else:
                return self
        self._process.terminate()
        raise TimeoutError(self._log.read_text() if self._log.exists() else "no log")

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._folder.cleanup()

    def client(self, user: str = USER) -> imaplib.IMAP4:
        """A signed-in client of ours, beside the one that is tested."""
        client = imaplib.IMAP4("127.0.0.1", self.port, timeout=5)
        client.login(user, PASSWORD)
        return client

    def deliver(self, raw: bytes, user: str = USER) -> None:
        """Let a mail come."""
        client = self.client(user)
        client.append("INBOX", "", imaplib.Time2Internaldate(time.time()), raw)
        client.logout()

    def unseen(self, user: str = USER) -> int:
        """How many mails nobody has read."""
        client = self.client(user)
        client.select("INBOX", readonly=True)
        found = client.search(None, "UNSEEN")[1][0].split()
        client.logout()
        return len(found)

    def renumber(self, user: str = USER) -> None:
        """Let the server forget its numbers, as after a move: the same mails under another UIDVALIDITY."""
        client = self.client(user)
        client.select("INBOX")
        mails = [client.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in client.search(None, "ALL")[1][0].split()]
        client.create("Old")
        client.logout()
        for file in (Path(self._folder.name) / "mail" / user).glob("dovecot*"):
            file.unlink() if file.is_file() else shutil.rmtree(file)
        shutil.rmtree(Path(self._folder.name) / "mail" / user / "cur")
        shutil.rmtree(Path(self._folder.name) / "mail" / user / "new")
        time.sleep(1.1)  # the new numbering is named by the second
        for raw in mails:
            self.deliver(raw, user)
