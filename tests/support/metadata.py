"""Runs a program where metadata services of clouds answer, on their own addresses.

    unshare --net python3 metadata.py CONVERSATIONS LOG ADDRESS[,ADDRESS] PROGRAM [ARGUMENT ...]

It takes a fresh network namespace, gives its loopback device these addresses and serves at port 80
of each, then runs the program and ends with its status.

CONVERSATIONS is a list of {"method", "target", "headers", "status", "answer", "body"}: a request
with this method, this target (path and query) and at least these headers gets this status, the
headers of `answer` and this body; without `body` it gets no answer at all. Anything else gets 404.
"""

import fcntl
import http.server
import json
import socket
import struct
import subprocess
import sys
import threading
import time

SIOCSIFFLAGS, SIOCSIFADDR, IFF_UP, LOOPBACK_INDEX = 0x8914, 0x8916, 1, 1

conversations, log, addresses, *program = sys.argv[1:]
conversations = json.load(open(conversations))


def assign(number, address):
    if ":" in address:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as handle:
            packed = socket.inet_pton(socket.AF_INET6, address)
            fcntl.ioctl(handle, SIOCSIFADDR, struct.pack("16sIi", packed, 128, LOOPBACK_INDEX))
    else:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
            name, packed = f"lo:{number}".encode(), socket.inet_aton(address)
            request = struct.pack("16sHH4s8x", name, socket.AF_INET, 0, packed)
            fcntl.ioctl(handle, SIOCSIFADDR, request)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def converse(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        with open(log, "a") as file:
            file.write(json.dumps([self.command, self.path, body]) + "\n")
        for each in conversations:
            same = (each["method"], each["target"]) == (self.command, self.path)
            wanted = each.get("headers", {}).items()
            if same and all(self.headers.get(name) == value for name, value in wanted):
                break
        else:
            each = {"status": 404, "body": "not found"}
        if "body" not in each:
            time.sleep(60)
            return
        answer = each["body"].encode()
        self.send_response(each.get("status", 200))
        for name, value in each.get("answer", {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_PUT = do_POST = converse

    def log_message(self, *_):
        pass


def serve(address):
    class Server(http.server.ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        daemon_threads = True

    # An address of IPv6 is tentative for a moment.
    for _ in range(100):
        try:
            server = Server((address, 80), Handler)
            break
        except OSError:
            time.sleep(0.05)
    threading.Thread(target=server.serve_forever, daemon=True).start()


with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
    fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))
for number, address in enumerate(filter(None, addresses.split(","))):
    assign(number + 1, address)
    serve(address)
sys.exit(subprocess.run(program).returncode)
