"""Bodies with a meaning: JSON that holds secrets, and the files of a Go module."""

import io
import json
import random
import zipfile

JSON_FILE, GO_MODULE = "users.json", "bench.test/fast"
_RECORDS = 400


def users(is_masked=False):
    """114 KB of JSON, as it is and as it is once e-mail addresses and telephone numbers are masked."""
    chance = random.Random(1)
    def record(number):
        name = "".join(chance.choices("abcdefghijklmnop", k=10))
        email, phone = f"{name}@mail.example", f"+49 {chance.randrange(10**9, 10**10)}"
        return {"id": number, "name": name, "email": "***" if is_masked else email, "phone": "***" if is_masked else phone, "active": number % 3 > 0,
                "score": round(chance.random() * 100, 2), "note": "lorem ipsum dolor sit amet, consectetur adipisici elit, sed eiusmod tempor incidunt",
                "tags": ["customer", "newsletter"], "address": {"city": "Berlin", "zip": f"{number:05}"}}
    return json.dumps({"users": [record(number) for number in range(_RECORDS)]}, separators=(",", ":")).encode()


def go_module():
    """What a GOPROXY serves of one version: .mod small, .zip of about 100 KB."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr(f"{GO_MODULE}@v1.0.0/go.mod", f"module {GO_MODULE}\n")
        files.writestr(f"{GO_MODULE}@v1.0.0/fast.go", random.Random(1).randbytes(100_000))
    requirements = "".join(f"\texample.com/needed/by/fast{number} v1.{number}.0\n" for number in range(20))
    return {"mod": f"module {GO_MODULE}\n\ngo 1.19\n\nrequire (\n{requirements})\n".encode(), "zip": archive.getvalue()}
