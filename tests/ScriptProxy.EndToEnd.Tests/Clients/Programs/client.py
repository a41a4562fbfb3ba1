"""python3 client.py URL FILE: asks URL?by=get, posts FILE to URL, prints "protocol status body" for each."""
import sys
import urllib.request

VERSIONS = {10: "HTTP/1.0", 11: "HTTP/1.1"}


def ask(request):
    with urllib.request.urlopen(request) as response:
        print(VERSIONS[response.version], response.status, response.read().decode())


url, path = sys.argv[1:]
ask(url + "?by=get")
with open(path, "rb") as file:
    ask(urllib.request.Request(url, data=file.read(), headers={"Content-Type": "application/octet-stream"}))
