"""python3 http2.py PROXY_HOST:PORT CA_FILE UPLOAD: speaks HTTP/2 by Debian's h2 inside a CONNECT tunnel to origin.test. A GET and a POST of a file run at the
same time on one connection; prints a line for each, "protocol status body"."""
import collections
import socket
import ssl
import sys

import h2.config
import h2.connection
import h2.events

proxy, ca_file, upload_path = sys.argv[1:]
host, port = proxy.rsplit(":", 1)
plain = socket.create_connection((host, int(port)), timeout=60)
plain.sendall(b"CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n\r\n")
head = b""
while not head.endswith(b"\r\n\r\n"):
    head += plain.recv(1)
assert head.startswith(b"HTTP/1.1 200 "), head

context = ssl.create_default_context(cafile=ca_file)
context.set_alpn_protocols(["h2"])
tls = context.wrap_socket(plain, server_hostname="origin.test")
assert tls.selected_alpn_protocol() == "h2"

connection = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
connection.initiate_connection()


def begin(method, path, end_stream):
    stream = connection.get_next_available_stream_id()
    connection.send_headers(stream, [(":method", method), (":scheme", "https"), (":authority", "origin.test"), (":path", path)], end_stream=end_stream)
    return stream


upload = open(upload_path, "rb").read()
sent = 0
post = begin("POST", "/echo", end_stream=False)
get = begin("GET", "/echo?by=get", end_stream=True)
status = {}
bodies = collections.defaultdict(bytes)
ended = set()
while len(ended) < 2:
    # As much of the upload as the windows allow, then what the other side has to say.
    while sent < len(upload) and connection.local_flow_control_window(post) > 0:
        size = min(connection.local_flow_control_window(post), connection.max_outbound_frame_size, len(upload) - sent)
        connection.send_data(post, upload[sent:sent + size], end_stream=sent + size == len(upload))
        sent += size
        tls.sendall(connection.data_to_send())
    tls.sendall(connection.data_to_send())
    received = tls.recv(65536)
    assert received, "the connection ended too early"
    for event in connection.receive_data(received):
        if isinstance(event, h2.events.ResponseReceived):
            status[event.stream_id] = dict(event.headers)[":status"]
        elif isinstance(event, h2.events.DataReceived):
            bodies[event.stream_id] += event.data
            connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            ended.add(event.stream_id)
        elif isinstance(event, (h2.events.StreamReset, h2.events.ConnectionTerminated)):
            sys.exit(f"the proxy ended it: {event}")
for stream in (get, post):
    print("HTTP/2", status[stream], bodies[stream].decode())
