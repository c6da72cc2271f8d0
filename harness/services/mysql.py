"""A MySQL or MariaDB server of its own, as a native process."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from harness.process import LOOPBACK
from harness.services import handshakes
from harness.services.accounts import random_account
from harness.services.endpoints import DATABASE, MySql
from harness.services.launcher import Launcher, clean_environment

PACKAGE = "mariadb-server"

_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin", "/usr/libexec"))

# Durable: every commit is flushed, and the doublewrite buffer stays. Left out is what only costs time at the start: the
# binary log (nothing replicates), the performance schema, name look-ups, big buffers, and a warm-up of the buffer pool.
_SETTINGS = (
    "--character-set-server=utf8mb4",
    "--collation-server=utf8mb4_bin",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--performance-schema=OFF",
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=256M",
    "--innodb-buffer-pool-load-at-startup=OFF",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    "--max-connections=500",
)


@dataclass(frozen=True)
class Program:
    """A server program; for MariaDB also the program that makes its data folder."""

    path: Path
    installer: Path | None = None

    @property
    def is_mariadb(self) -> bool:
        """Which of the two it is."""
        return self.installer is not None


def find() -> Program | None:
    """mysqld where its --version says MySQL, else mariadbd: Debian's mysqld is a link to the latter."""
    fallback = None
    for name in ("mysqld", "mariadbd"):
        path = shutil.which(name, path=_PATH)
        if path is None:
            continue
        if "mariadb" not in version_line(Path(path)).lower():
            return Program(Path(path))
        installer = shutil.which("mariadb-install-db", path=_PATH) or shutil.which("mysql_install_db", path=_PATH)
        # The installer calls my_print_defaults, which Debian has in another package.
        if installer is not None and shutil.which("my_print_defaults", path=_PATH):
            fallback = Program(Path(path), Path(installer))
    return fallback


def version_line(path: Path) -> str:
    """What the program says to --version."""
    try:
        done = subprocess.run([path, "--no-defaults", "--version"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


def start(launcher: Launcher, program: Program) -> tuple[MySql, str]:
    """Makes a data folder and starts the server on it, with our schema and an administrator."""
    folder = launcher.folder / "mysql"
    folder.mkdir()
    data = folder / "data"
    port = launcher.ports.hold()
    admin = random_account()
    environment = clean_environment(home=folder, without=("MYSQL", "MARIADB"))
    user = f"--user={pwd.getpwuid(os.getuid()).pw_name}"  # both refuse to run as root unless told by name
    if program.installer is not None:
        specific = ["--skip-slave-start"]
        argv: list[str | Path] = [
            program.installer, "--no-defaults", user, f"--datadir={data}", "--skip-test-db", "--skip-name-resolve",
        ]  # fmt: skip
    else:
        # No import or export of files: the folder that a packaged server names for them may not exist.
        specific = ["--mysqlx=OFF", "--secure-file-priv=NULL"]
        argv = [program.path, "--no-defaults", user, f"--datadir={data}", "--initialize-insecure", *specific]
    launcher.run("mysql-install", argv, env=environment, cwd=folder)
    accounts = folder / "accounts.sql"
    accounts.write_text(accounts_sql(admin.username, admin.password), encoding="utf-8")
    accounts.chmod(0o600)
    child = launcher.start(
        "mysql",
        [
            program.path, "--no-defaults", user, f"--datadir={data}", f"--port={port}", f"--bind-address={LOOPBACK}",
            "--socket=socket", f"--pid-file={folder / 'pid'}", f"--init-file={accounts}",
            f"--tmpdir={folder}", *_SETTINGS, *specific,
        ],
        env=environment,
        cwd=folder,
    )  # fmt: skip
    server = MySql(LOOPBACK, port, DATABASE, admin)
    version = launcher.wait(partial(handshakes.mysql, server), "MySQL lets its administrator log in", child)
    return server, version


def accounts_sql(username: str, password: str) -> str:
    """SQL for --init-file, one statement a line: our schema, an administrator, and a password for root."""
    return "\n".join(
        (
            f"CREATE DATABASE `{DATABASE}` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;",
            f"CREATE USER '{username}'@'%' IDENTIFIED BY '{password}';",
            f"GRANT ALL ON *.* TO '{username}'@'%' WITH GRANT OPTION;",
            f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';",
            "",
        )
    )
