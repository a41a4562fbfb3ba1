"""The origin: nginx with HTTPS, HTTP and, on ports of their own, HTTP/2 and HTTP/2 alone; behind it a counter of uploaded bytes."""

import socket
import threading

from harness import bodies, machine, processes

SMALL, LARGE, HUGE = 1024, 64 * 1024 * 1024, 1024 * 1024 * 1024
UPLOAD_ANSWER = b"stored"


class Origin:
    """Serves /1k, /64m and /1g and takes uploads. Its processes share the load generator's core."""

    def __init__(self, work, templates, certificate, key):
        self.host = "localhost"
        self.https_port, self.http_port, self.http2_port, self.only_http2_port = (processes.free_port() for _ in range(4))
        self.bodies = work / "www"
        self._make_bodies(self.bodies)
        self._make_files()
        self._uploads = _UploadCounter(work / "upload.sock")

        log, configuration = work / "nginx.log", work / "nginx.conf"
        addresses = ["127.0.0.1", "[::1]"] if processes.has_ipv6_loopback() else ["127.0.0.1"]
        only_http2 = "".join(f"        listen {address}:{self.only_http2_port} ssl backlog=4096;\n" for address in addresses)
        ports = [f"{self.http_port}", f"{self.https_port} ssl", f"{self.http2_port} ssl http2"]
        listen = "".join(f"        listen {address}:{port} backlog=4096;\n" for address in addresses for port in ports)
        text = (templates / "nginx.conf").read_text()
        for name, value in {"WORK": work, "ORIGIN_CERTIFICATE": certificate, "ORIGIN_KEY": key, "LISTEN": listen, "LISTEN_ONLY_HTTP2": only_http2}.items():
            text = text.replace(f"@{name}@", str(value))
        configuration.write_text(text)

        self.process = processes.start(["nginx", "-p", str(work), "-e", str(log), "-c", str(configuration)], log, machine.LOAD_CORE)
        processes.wait_for_port(self.process, self.https_port, log)

    def read_bodies(self):
        """Brings the bodies back into memory: a system that reclaims what was not read for a while makes the next reader pay for it."""
        block = bytearray(1024 * 1024)
        for name in ("64m", "1g"):
            with open(self.bodies / name, "rb", buffering=0) as body:
                while body.readinto(block):
                    pass

    def _make_files(self):
        json = bodies.users()
        (self.bodies / bodies.JSON_FILE).write_bytes(json)
        self.json_size, self.masked_json_size = len(json), len(bodies.users(is_masked=True))
        versions = self.bodies / bodies.GO_MODULE / "@v"
        versions.mkdir(parents=True)
        self.go_sizes = {}
        for kind, content in bodies.go_module().items():
            (versions / f"v1.0.0.{kind}").write_bytes(content)
            self.go_sizes[kind] = len(content)

    @staticmethod
    def _make_bodies(folder):
        folder.mkdir()
        (folder / "1k").write_bytes(b"x" * SMALL)
        for name, size in {"64m": LARGE, "1g": HUGE}.items():
            with open(folder / name, "wb") as sparse:
                sparse.truncate(size)


class _UploadCounter:
    """Answers PUT /upload/SIZE with 200 when exactly SIZE bytes came, else with 400."""

    def __init__(self, path):
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            connection, _ = self._listener.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                self._answer(connection)
            except OSError:
                pass  # nginx went away: the load generator counts the error

    @staticmethod
    def _answer(connection):
        received = b""
        while b"\r\n\r\n" not in received:
            more = connection.recv(65536)
            if not more:
                return
            received += more
        head, body = received.split(b"\r\n\r\n", 1)
        start_line, *lines = head.decode("latin-1").split("\r\n")
        expected = int(start_line.split()[1].rsplit("/", 1)[1])
        declared = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:")), None)

        count, buffer = len(body), bytearray(1 << 20)
        while declared is not None and count < declared:
            n = connection.recv_into(buffer)
            if n == 0:
                return
            count += n
        status = b"200 OK" if count == declared == expected else b"400 Bad Request"
        connection.sendall(b"HTTP/1.1 " + status + b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(UPLOAD_ANSWER) + UPLOAD_ANSWER)
