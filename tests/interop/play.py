#!/usr/bin/env python3
"""Plays fixline and QuickFIX C++ against each other, every version of FIX at once.

In each scenario one side sends orders over eight sessions, FIX.4.0 to FIX.5.0SP2, and the other gives
them back; meanwhile processes are killed, the line is cut, messages are lost or numbers are changed.
The client says at its end whether each order came back once, repetitions with PossDupFlag apart.
Run by run.sh, in a network namespace of its own.
"""

import argparse
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

VERSIONS = {
    "40": "FIX.4.0", "41": "FIX.4.1", "42": "FIX.4.2", "43": "FIX.4.3", "44": "FIX.4.4",
    "50": "FIX.5.0", "50SP1": "FIX.5.0SP1", "50SP2": "FIX.5.0SP2",
}
SERVER_PORT, CONTROL_PORT = 5001, 5002
PATIENCE = 90


class Failure(Exception):
    """Something did not come out as it must."""


# --------------------------------------------------------------------------
# programs


class Program:
    """A process whose output goes to a file; started again after each kill."""

    def __init__(self, name, command, folder):
        self.name, self.command = name, command
        self.log = open(os.path.join(folder, name + ".log"), "ab")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def is_running(self):
        return self.process.poll() is None

    def finish(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise Failure("%s did not come to its end" % self.name)

    def end(self):
        if self.process and self.is_running():
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
        self.log.close()


def wait_for_port(port):
    end = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise Failure("nobody listens on port %d" % port)
            time.sleep(0.02)


# --------------------------------------------------------------------------
# a line that is not perfect


class Proxy:
    """Passes messages on, loses some and now and then cuts the line in the middle of one.

    Only orders are lost, and only when they are sent for the first time: QuickFIX asks once for what is
    missing, and would wait for its own timeout if the answer was lost.
    """

    END = re.compile(rb"\x0110=\d{3}\x01")

    def __init__(self, lose_every=30, cut_every=200):
        self.lose_every, self.cut_every = lose_every, cut_every
        self.lost = self.cuts = 0
        self.random = random.Random(7)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", SERVER_PORT))
            except OSError:
                client.close()
                continue
            for side in (client, server):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for pair in ((client, server), (server, client)):
                threading.Thread(target=self.carry, args=pair, daemon=True).start()

    def carry(self, source, target):
        buffer, count = b"", 0
        try:
            while True:
                data = source.recv(65536)
                if not data:
                    break
                buffer += data
                while True:
                    end = self.END.search(buffer)
                    if end is None:
                        break
                    message, buffer = buffer[: end.end()], buffer[end.end():]
                    count += 1
                    # The Logons pass: without them there is nothing to recover.
                    if count > 3 and self.random.randrange(self.cut_every) == 0:
                        self.cuts += 1
                        target.sendall(message[: len(message) // 2])
                        return
                    is_new_order = b"\x0135=D\x01" in message and b"\x0143=Y\x01" not in message
                    if is_new_order and self.random.randrange(self.lose_every) == 0:
                        self.lost += 1
                        continue
                    target.sendall(message)
        except OSError:
            pass
        finally:
            for side in (source, target):
                try:
                    side.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
                side.close()

    def close(self):
        self.listener.close()


# --------------------------------------------------------------------------
# settings


def settings(path, engine, role, port, reset, folder):
    """Eight sessions between `CLIENT..` and `SERVER..`, as the one or the other sees them."""
    lines = [
        "[DEFAULT]", "ConnectionType=" + role, "StartTime=00:00:00", "EndTime=00:00:00", "HeartBtInt=2",
    ]
    if role == "initiator":
        lines += ["SocketConnectHost=127.0.0.1", "SocketConnectPort=%d" % port, "ReconnectInterval=1"]
    else:
        lines += ["SocketAcceptPort=%d" % port]
    if engine == "quickfix":
        lines += ["FileStorePath=%s" % folder, "UseDataDictionary=N", "SocketNodelay=Y"]
    for name, version in VERSIONS.items():
        ours, theirs = ("CLIENT" + name, "SERVER" + name)
        if role == "acceptor":
            ours, theirs = theirs, ours
        is_fixt = version.startswith("FIX.5")
        lines += ["[SESSION]", "BeginString=" + ("FIXT.1.1" if is_fixt else version)]
        lines += ["SenderCompID=" + ours, "TargetCompID=" + theirs]
        if reset and version == "FIX.4.0":
            # It has no ResetSeqNumFlag: both sides agree on when they begin anew.
            lines += ["ResetOnLogout=Y", "ResetOnDisconnect=Y"]
        elif reset:
            lines += ["ResetOnLogon=Y"]
        if is_fixt:
            lines += ["DefaultApplVerID=" + version]
    with open(path, "w") as f:
        f.write("\n".join(lines) + "\n")


class Stage:
    """Both sides of one scenario, each with a folder for its state."""

    def __init__(self, options, client, server, folder, through_proxy=False, reset=False):
        self.folder = folder
        self.client_is_quickfix, self.server_is_quickfix = client == "quickfix", server == "quickfix"
        self.server = self.client = None
        self.proxy = Proxy() if through_proxy else None
        os.makedirs(folder)
        state = {name: os.path.join(folder, name) for name in ("server", "client")}
        for path in state.values():
            os.makedirs(path)
        config = {name: path + ".cfg" for name, path in state.items()}
        port = self.proxy.port if through_proxy else SERVER_PORT
        settings(config["server"], server, "acceptor", SERVER_PORT, reset, state["server"])
        settings(config["client"], client, "initiator", port, reset, state["client"])
        self.options, self.config, self.state = options, config, state
        self.rate = self.skip = 0

    def start_server(self):
        if not self.server_is_quickfix:
            command = [
                os.path.join(self.options.examples, "acceptance_server"), "--config", self.config["server"],
                "--port", str(SERVER_PORT), "--control", str(CONTROL_PORT), "--state", self.state["server"]]
        else:
            command = [self.options.peer, "acceptor", self.config["server"]]
        self.server = self.server or Program("server", command, self.folder)
        self.server.start()
        wait_for_port(SERVER_PORT)

    def start_client(self, orders):
        if self.client_is_quickfix:
            command = [
                self.options.peer, "initiator", self.config["client"], str(orders), str(self.rate or 100000),
                os.path.join(self.folder, "journal"), str(self.skip)]
        else:
            command = [
                os.path.join(self.options.examples, "order_client"), "--config", self.config["client"],
                "--orders", str(orders), "--state", self.state["client"], "--patience", "60",
                "--skip", str(self.skip)]
            command += ["--rate", str(self.rate)] if self.rate else []
        self.client = Program("client", command, self.folder)
        self.client.start()

    def finish(self):
        status = self.client.finish()
        self.client.log.close()
        with open(os.path.join(self.folder, "client.log")) as f:
            lines = [line.strip() for line in f if " back, " in line][-len(VERSIONS):]
        if status != 0 or len(lines) != len(VERSIONS):
            raise Failure("the client ended with %d\n    %s" % (status, "\n    ".join(lines)))

    def end(self):
        for program in (self.client, self.server):
            if program:
                program.end()
        if self.proxy:
            self.proxy.close()


# --------------------------------------------------------------------------
# scenarios


def day(stage):
    """Log on, orders, log out; once more, and the numbers go on."""
    stage.start_server()
    for orders in (50, 100):
        stage.start_client(orders)
        stage.finish()
    return ""


def kills(stage):
    """Either side is killed in the middle, again and again."""
    stage.rate = 150
    stage.start_server()
    stage.start_client(600)
    count = 0
    while stage.client.is_running() and count < 8:
        time.sleep(0.35 + 0.13 * (count % 3))
        if not stage.client.is_running():
            break
        program = stage.server if count % 2 == 0 else stage.client
        program.kill()
        count += 1
        time.sleep(0.1)
        program.start()
        if program is stage.server:
            wait_for_port(SERVER_PORT)
    stage.finish()
    if count < 4:
        raise Failure("only %d kills: too fast to be a test" % count)
    return "%d kills" % count


def line(stage):
    """Messages are lost in both directions, and the line is cut in the middle of some."""
    stage.start_server()
    stage.start_client(300)
    stage.finish()
    if stage.proxy.lost == 0 or stage.proxy.cuts == 0:
        raise Failure("the line was perfect: no test")
    return "%d messages lost, %d cuts" % (stage.proxy.lost, stage.proxy.cuts)


def gaps(stage):
    """Both outgoing numbers are raised before the Logon, so that both sides miss what never was."""
    stage.start_server()
    stage.start_client(20)
    stage.finish()
    stage.skip = 15
    if stage.server_is_quickfix:
        raise_quickfix(stage)
    else:
        raise_fixline()
    stage.start_client(60)
    stage.finish()
    return ""


def raise_fixline():
    """Through the control port of the acceptance server."""
    for name, version in VERSIONS.items():
        begin = "FIXT.1.1" if version.startswith("FIX.5") else version
        ask = "SET_SESSION %s:SERVER%s->CLIENT%s NEXTSENDERSEQNUM=500\n" % (begin, name, name)
        with socket.create_connection(("127.0.0.1", CONTROL_PORT), timeout=10) as control:
            control.sendall(ask.encode())
            answer = control.makefile().readline().strip()
        if answer != "ok":
            raise Failure("the control port says %r" % answer)


def raise_quickfix(stage):
    """In its files, `next outgoing : next incoming`."""
    stage.server.kill()
    for name in os.listdir(stage.state["server"]):
        if name.endswith(".seqnums"):
            with open(os.path.join(stage.state["server"], name), "r+") as f:
                incoming = f.read().split(":")[1]
                f.seek(0)
                f.write("%010d :%s" % (500, incoming))
    stage.start_server()


def resets(stage):
    """Both sides begin anew with each Logon."""
    stage.start_server()
    for orders in (30, 60, 90):
        stage.start_client(orders)
        stage.finish()
    return ""


PAIRS = ("fixline-quickfix", "quickfix-fixline", "fixline-fixline")
SCENARIOS = {
    "day": (day, {}),
    "kills": (kills, {}),
    "line": (line, {"through_proxy": True}),
    "gaps": (gaps, {}),
    "resets": (resets, {"reset": True}),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", required=True, help="the QuickFIX program")
    parser.add_argument("--examples", required=True, help="the folder of fixline's examples")
    parser.add_argument("--keep", metavar="DIR", help="keep logs and state there")
    parser.add_argument("--pairs", default=",".join(PAIRS), help="who connects to whom")
    parser.add_argument("scenarios", nargs="*", default=list(SCENARIOS), help=", ".join(SCENARIOS))
    options = parser.parse_args()
    root = options.keep or tempfile.mkdtemp(prefix="interop-")
    failed = 0
    for pair in options.pairs.split(","):
        client, server = pair.split("-")
        for name in options.scenarios:
            scenario, how = SCENARIOS[name]
            folder = os.path.join(root, "%s-%s" % (pair, name))
            shutil.rmtree(folder, ignore_errors=True)
            began = time.monotonic()
            stage = Stage(options, client, server, folder, **how)
            try:
                note = scenario(stage)
                print("ok   %s to %s: %s (%.1f s) %s" % (client, server, name, time.monotonic() - began, note),
                      flush=True)
            except Failure as failure:
                failed += 1
                if not options.keep:
                    show_logs(folder)
                print("FAIL %s to %s: %s: %s" % (client, server, name, failure), flush=True)
            finally:
                stage.end()
    if not options.keep:
        shutil.rmtree(root, ignore_errors=True)
    return 1 if failed else 0


def show_logs(folder):
    for name in ("client.log", "server.log"):
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, errors="replace") as f:
                lines = f.readlines()[-40:]
            print("--- %s\n%s" % (name, "".join(lines)), flush=True)


if __name__ == "__main__":
    sys.exit(main())
