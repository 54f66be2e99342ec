#!/usr/bin/env python3
"""Records docs/images/ids-recording.txt from a real run on a terminal of 132 columns.

A Django table of 300,000 people is planned, rehearsed, moved, killed on the way, resumed, verified and contracted. Of each
progress bar a few states are kept.

    dotnet build src/Hatcheck -c Release && python3 bench/ids_recording.py > docs/images/ids-recording.txt

HATCHECK_DLL names another hatcheck.dll to record.
"""
import fcntl
import glob
import os
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROJECT = os.path.join(ROOT, "tests", "Hatcheck.EndToEnd.Tests", "Ids", "alice_bp")
TOOL = os.environ.get("HATCHECK_DLL") or os.path.join(ROOT, "src", "Hatcheck", "bin", "Release", "net10.0", "hatcheck.dll")
PYTHON = "/usr/bin/python3"
BIN = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
PEOPLE = 300_000
AS_POSTGRES = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []


def rendered(raw):
    """Returns the output as a reader saw it: without colours, with a few states of each overwritten line."""
    lines = []
    for line in raw.replace("\r\n", "\n").split("\n"):
        line = re.sub(r"\x1b\[\d*[GK]", "\r", line)
        states = [re.sub(r"\x1b([=>]|\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07)", "", state).rstrip() for state in line.split("\r")]
        states = [state for i, state in enumerate(states) if state and (i == 0 or state != states[i - 1])]
        step = max(1, len(states) // 3)
        kept = states[::step][:3] + states[-1:] if len(states) > 1 else states or [""]
        lines += [state for i, state in enumerate(kept) if i == 0 or state != kept[i - 1]]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def show(command, kill_after=None, ends=0):
    """Runs a command on a terminal; prints it and its output.

    kill_after: a pattern, and the seconds after its first match at which the command gets a SIGKILL.
    """
    print(f"$ {command}", flush=True)
    child, terminal = pty.fork()
    if child == 0:
        os.execvp("bash", ["bash", "-c", "exec " + command if kill_after else command])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 132, 0, 0))
    said, seen = "", None
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            break
        if not piece:
            break
        said += piece.decode(errors="replace")
        if kill_after and seen is None and re.search(kill_after[0], said):
            seen = time.monotonic()
        if seen and time.monotonic() - seen > kill_after[1]:
            os.kill(child, signal.SIGKILL)
            kill_after = seen = None
            ends = -signal.SIGKILL
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(rendered(said))
    print("Killed (kill -9)\n\n" if code == -signal.SIGKILL else "\n", end="", flush=True)
    if code != ends:
        sys.exit(f"{command} ended with {code}, not {ends}")


def main():
    folder = tempfile.mkdtemp(prefix="hatcheck-recording-")
    os.chmod(folder, 0o755)
    data = os.path.join(folder, "pg")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    os.mkdir(data, 0o700)
    if AS_POSTGRES:
        shutil.chown(data, "postgres", "postgres")
    quiet = {"check": True, "stdout": subprocess.DEVNULL}
    subprocess.run([*AS_POSTGRES, f"{BIN}/initdb", "-D", data, "-A", "trust", "-U", "postgres"], **quiet)
    subprocess.run([*AS_POSTGRES, f"{BIN}/pg_ctl", "-D", data, "-w", "-l", f"{data}/log", "start", "-o",
                    f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={data} -c max_wal_size=4GB"], **quiet)
    try:
        record(folder, port)
    finally:
        stop = [*AS_POSTGRES, f"{BIN}/pg_ctl", "-D", data, "-m", "immediate", "stop"]
        subprocess.run(stop, check=False, stdout=subprocess.DEVNULL)
        shutil.rmtree(folder)


def record(folder, port):
    shutil.copytree(PROJECT, os.path.join(folder, "alice_bp"))
    tools = os.path.join(folder, "bin")
    os.mkdir(tools)
    for name, command in (("hatcheck", f"dotnet {TOOL}"), ("python3", f"{PYTHON} -B")):
        with open(os.path.join(tools, name), "w", encoding="utf-8") as shim:
            shim.write(f'#!/bin/sh\nexec {command} "$@"\n')
        os.chmod(shim.name, 0o755)
    os.environ.update(
        PATH=f"{tools}:{os.environ['PATH']}", PAGER="cat", TERM="xterm",
        PGHOST="127.0.0.1", PGPORT=port, PGUSER="postgres", PGDATABASE="postgres", PGPASSWORD="canary",
        TELEGRAM_ID_HMAC_KEY="canary key of a recording",
        HATCHECK_IDS_DATABASE=f"Host=127.0.0.1;Port={port};Database=postgres;Username=postgres")
    os.chdir(os.path.join(folder, "alice_bp"))
    print(f"# A recording of {time.strftime('%Y-%m-%d', time.gmtime())}, made by bench/ids_recording.py: "
          f"{PEOPLE:,} people in the tables of a Django project.\n")
    show("python3 manage.py migrate users")
    psql("insert into users_aliceuser (telegram_user_id, first_name, joined_at) "
         f"select 100000000 + (i * 2654435761) % 6000000011, 'person ' || i, now() from generate_series(1, {PEOPLE}) i")
    psql("insert into users_reminder (telegram_user_id, text) "
         "select telegram_user_id, 'water the plants' from users_aliceuser where id % 10 = 0")
    psql("analyze")
    table = "--table users_aliceuser --column telegram_user_id"
    show("psql -c 'select * from users_aliceuser limit 3'")
    show(f"hatcheck ids plan {table}")
    show(f"hatcheck ids migrate --dry-run {table}")
    show(f"hatcheck ids expand {table}")
    show(f"hatcheck ids fill {table}", kill_after=(r"\d+ ?%", 2.5))
    show(f"hatcheck ids status {table}")
    show(f"hatcheck ids fill {table}")
    show(f"hatcheck ids verify {table}")
    show(f"hatcheck ids contract --yes {table}")
    show("psql -c 'select * from users_aliceuser limit 3' -c '\\d users_reminder'")
    show(f"hatcheck ids status {table}")


def psql(sql):
    subprocess.run(["psql", "-qc", sql], check=True)


main()
