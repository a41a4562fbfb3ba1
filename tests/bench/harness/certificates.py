"""Certificates made with openssl: an origin's root and leaf, and a root for each proxy that intercepts."""

import subprocess


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _new_key(path, kind):
    if kind == "ec":
        _openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", path)
    else:
        _openssl("genrsa", "-out", path, "2048")


def make_root(folder, name, kind="ec"):
    """A root certificate; returns the paths of certificate and key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}-key.pem"
    _new_key(key, kind)
    _openssl("req", "-x509", "-new", "-key", key, "-sha256", "-days", "30", "-subj", f"/CN=bench {name}", "-out", certificate,
             "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    return certificate, key


def make_leaf(folder, name, root, root_key):
    """A P-256 leaf for localhost and 127.0.0.1; returns the paths of certificate and key."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}-key.pem"
    request, extensions = folder / f"{name}.csr", folder / f"{name}.ext"
    _new_key(key, "ec")
    _openssl("req", "-new", "-key", key, "-subj", "/CN=localhost", "-out", request)
    extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n"
                          "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n"
                          "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
    _openssl("x509", "-req", "-in", request, "-CA", root, "-CAkey", root_key, "-CAcreateserial", "-days", "30", "-sha256",
             "-extfile", extensions, "-out", certificate)
    return certificate, key
