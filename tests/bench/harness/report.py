"""From rows to latest.md: medians with minimum and maximum, and ours against each peer."""

import statistics

DISTURBED = 0.15         # cores used by others during a run

REQUESTS = [("per_second", "requests/s", 0), ("cpu_per_10k", "CPU s per 10 000", 3), ("p50_ms", "p50 ms", 2), ("p99_ms", "p99 ms", 2),
            ("proxy_cores", "proxy core used", 2), ("load_cores", "load core used", 2), ("memory_mb", "memory MB", 0)]
TRANSFER = [("mb_per_second", "MB/s", 0), ("cpu_per_gb", "CPU s per GB", 2), ("proxy_cores", "proxy core used", 2), ("load_cores", "load core used", 2),
            ("peak_mb", "peak memory MB", 0), ("growth_mb", "growth MB", 1)]

# scenario: heading, sentence, columns of (row key, column title, digits). The first column is what ratios are made of.
TABLES = {
    "https": ("Intercepted HTTPS", "64 keep-alive connections, responses of 1 KB.", REQUESTS),
    "plain": ("Plain HTTP", "64 keep-alive connections, absolute-form requests, responses of 1 KB.", REQUESTS),
    "connections": ("New connections", "Each one CONNECT, a full TLS handshake, one request; 16 at once.",
                    [("per_second", "connections/s", 0), ("cpu_per_10k", "CPU s per 10 000", 2), ("p50_ms", "p50 ms", 2), ("p99_ms", "p99 ms", 2),
                     ("proxy_cores", "proxy core used", 2), ("load_cores", "load core used", 2), ("memory_mb", "memory MB", 0)]),
    "download": ("Download of 1 GiB", "Intercepted HTTPS, one connection.", TRANSFER),
    "upload": ("Upload of 1 GiB", "Intercepted HTTPS, one connection.", TRANSFER),
    "idle": ("Idle connections", "2 000 intercepted connections after one request each.",
             [("kb_per_connection", "KB per connection", 1), ("memory_before_mb", "memory before MB", 0), ("memory_after_mb", "memory after MB", 0)]),
    "h2": ("HTTP/2 clients, HTTP/1.1 origin", "h2load through CONNECT: 10 requests at once on each of 16 connections, responses of 1 KB.", REQUESTS),
    "h2_h2": ("HTTP/2 clients, HTTP/2 origin", "The same, and the origin speaks HTTP/2. nginx cannot.", REQUESTS),
    "h1_h2": ("HTTP/1.1 clients, HTTP/2 origin", "64 keep-alive connections, responses of 1 KB. mitmproxy and squid cannot.", REQUESTS),
    "h2_download": ("Download of 1 GiB from an HTTP/2 origin", "HTTP/2 on both sides, one stream.", TRANSFER),
    "addons": ("What shipped addons cost", "Requests of 1 KB as in *Intercepted HTTPS*, no script; the variants run side by side and are measured in turns of two seconds.",
               [("per_second", "requests/s", 0), ("cpu_per_10k", "CPU s per 10 000", 3), ("extra_us", "more than without addons, µs per request", 1),
                ("p50_ms", "p50 ms", 2), ("p99_ms", "p99 ms", 2), ("memory_mb", "memory MB", 0), ("dropped_percent", "log entries dropped %", 2)]),
    "mask_json": ("Masking JSON", "Intercepted responses of 114 KB, 16 connections; two values in each of 400 records masked. In turns.",
                  [("per_second", "requests/s", 0), ("mb_per_second", "MB/s", 0), ("cpu_per_10k", "CPU s per 10 000", 2), ("extra_us", "more than passing, µs per body", 0),
                   ("p50_ms", "p50 ms", 2), ("p99_ms", "p99 ms", 2), ("memory_mb", "memory MB", 0)]),
    "go_cache": ("Go modules from the cache", "Hits, over plain HTTP, 64 keep-alive connections, beside nginx serving the same files. In turns.",
                 [("per_second", "hits/s", 0), ("mb_per_second", "MB/s", 0), ("cpu_per_10k", "CPU s per 10 000", 3), ("p50_ms", "p50 ms", 2), ("p99_ms", "p99 ms", 2),
                  ("memory_mb", "memory MB", 0)]),
    "tunnel": ("Tunnels, small messages", "CONNECT, then requests that nobody reads: 64 keep-alive connections, responses of 1 KB. haproxy relays TCP: it has no CONNECT.", REQUESTS),
    "tunnel_download": ("Tunnel, 1 GiB", "One tunnel that nobody reads.", TRANSFER),
    "tunnel_idle": ("Idle tunnels", "2 000 tunnels after one request each.",
                    [("kb_per_connection", "KB per tunnel", 1), ("memory_before_mb", "memory before MB", 0), ("memory_after_mb", "memory after MB", 0)]),
    "start": ("Start", "From the start of the process; the second figure includes an intercepted request. Memory when it listens, and after that request.",
              [("listening_s", "listening s", 3), ("answered_s", "first answer s", 3), ("idle_mb", "memory MB, listening", 0), ("memory_mb", "memory MB", 0)]),
    "reload": ("Reload", "From the save of a script of 40 lines until its new version serves, five seconds after a start from the cache.",
               [("first_s", "first save s", 3), ("second_s", "second save s", 3), ("third_s", "third save s", 3), ("memory_mb", "memory MB", 0)]),
}

SUMMARY = [
    ("https", "per_second", "intercepted requests/s"), ("https", "cpu_per_10k", "CPU per intercepted request"), ("https", "p99_ms", "p99 latency, intercepted"),
    ("plain", "per_second", "plain requests/s"), ("plain", "cpu_per_10k", "CPU per plain request"),
    ("connections", "per_second", "new connections/s"), ("connections", "cpu_per_10k", "CPU per new connection"),
    ("download", "mb_per_second", "download MB/s"), ("download", "cpu_per_gb", "CPU per GB downloaded"),
    ("upload", "mb_per_second", "upload MB/s"), ("upload", "cpu_per_gb", "CPU per GB uploaded"),
    ("idle", "kb_per_connection", "memory per idle connection"),
    ("h2", "per_second", "requests/s, HTTP/2 clients"), ("h2", "cpu_per_10k", "CPU per request, HTTP/2 clients"),
    ("h2_h2", "per_second", "requests/s, HTTP/2 clients and origin"), ("h2_h2", "cpu_per_10k", "CPU per request, HTTP/2 clients and origin"),
    ("h1_h2", "per_second", "requests/s, HTTP/2 origin"), ("h1_h2", "cpu_per_10k", "CPU per request, HTTP/2 origin"),
    ("h2_download", "mb_per_second", "download MB/s, HTTP/2 origin"), ("h2_download", "cpu_per_gb", "CPU per GB downloaded, HTTP/2 origin"),
    ("tunnel", "per_second", "small messages/s through tunnels"), ("tunnel", "cpu_per_10k", "CPU per small message through a tunnel"),
    ("tunnel_download", "mb_per_second", "MB/s through a tunnel"), ("tunnel_download", "cpu_per_gb", "CPU per GB through a tunnel"),
    ("tunnel_idle", "kb_per_connection", "memory per idle tunnel"),
]


def _thousands(value, digits):
    return f"{value:,.{digits}f}".replace(",", " ")


def _rows_of(run, scenario, proxy):
    return [row for row in run["rows"] if row["scenario"] == scenario and row["proxy"] == proxy]


def _values(rows, key):
    return [row[key] for row in rows if key in row and not row.get("failed")]


def _median(run, scenario, proxy, key):
    values = _values(_rows_of(run, scenario, proxy), key)
    return statistics.median(values) if values else None


def _cell(values, digits):
    if not values:
        return "-"
    middle = _thousands(statistics.median(values), digits)
    if len(values) == 1:
        return middle
    return f"{middle} [{_thousands(min(values), digits)}..{_thousands(max(values), digits)}]"


def _marks(rows):
    """What the reader has to know about a row before believing it."""
    marks = []
    disturbed = sum(row.get("foreign_cores", 0) > DISTURBED for row in rows)
    if disturbed:
        marks.append(f"disturbed {disturbed}/{len(rows)}")
    errors = sum(row.get("errors", 0) + row.get("warmup_errors", 0) for row in rows)
    if errors:
        marks.append(f"{errors} errors")
    failed = sum(bool(row.get("failed")) for row in rows)
    if failed:
        marks.append(f"failed {failed}/{len(rows)}")
    return f" **({', '.join(marks)})**" if marks else ""


def _table(run, scenario):
    heading, sentence, columns = TABLES[scenario]
    proxies = list(dict.fromkeys(row["proxy"] for row in run["rows"] if row["scenario"] == scenario))
    lines = [f"## {heading}", "", sentence, ""]
    lines.append("| | " + " | ".join(title for _, title, _ in columns) + " |")
    lines.append("|---|" + "---|" * len(columns))
    for proxy in proxies:
        rows = _rows_of(run, scenario, proxy)
        cells = [_cell(_values(rows, key), digits) for key, _, digits in columns]
        lines.append(f"| {rows[0]['title']}{_marks(rows)} | " + " | ".join(cells) + " |")
    reasons = dict.fromkeys((row["title"], reason) for row in run["rows"] if row["scenario"] == scenario
                            for reason in [row.get("failed") or row.get("first_error")] if reason)
    if reasons:
        lines += ["", *(f"- {title}: {reason}." for title, reason in reasons)]
    return lines + [""]


def _summary(run):
    peers = [name for name in run["proxies"] if name != "ours"]
    if "ours" not in run["proxies"] or not peers:
        return []
    lines = ["## Ours against each peer", "",
             "Ours divided by theirs, medians. Above 1 is better for rates, below 1 for CPU, latency and memory.", "",
             "| | " + " | ".join(peers) + " |", "|---|" + "---|" * len(peers)]
    for scenario, key, title in SUMMARY:
        ours = _median(run, scenario, "ours", key)
        theirs = [_median(run, scenario, peer, key) for peer in peers]
        if ours is not None:
            lines.append(f"| {title} | " + " | ".join(f"{ours / value:.2f}" if value and value > 0 else "-" for value in theirs) + " |")
    return lines + [""]


def _preamble(run):
    machine, timing = run["machine"], run["timing"]
    versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items() if version)
    lines = ["# Benchmark", "",
             f"{run['started']}, {machine['cores']} cores ({machine['cpu']}): the proxy on one, load generator and origin on another. {versions}.", "",
             f"Median [minimum..maximum] of {run['rounds']} rounds, proxies in turn within each; a fresh process for each run, "
             f"{timing['warmup']:g} s warm-up (peers, which are not compiled while they run, {timing['warmup_compiled']:g} s), {timing['measure']:g} s measured. Every proxy masks one request header and sets one response header, and "
             "verifies the origin's certificate. haproxy and nginx are reverse proxies and do not intercept CONNECT: the load generator speaks TLS to them directly, "
             "which is the least that ending TLS and re-encrypting can cost.", ""]
    if any(row.get("foreign_cores", 0) > DISTURBED for row in run["rows"]):
        lines += [f"**Disturbed** rows: in that many rounds other processes used more than {DISTURBED} of a core while it was measured.", ""]
    if run["quick"]:
        lines += ["**A quick run: for trying the harness, not for quoting.**", ""]
    return lines


def render(run):
    """The whole report as Markdown."""
    lines = _preamble(run) + _summary(run)
    for scenario in TABLES:
        if any(row["scenario"] == scenario for row in run["rows"]):
            lines += _table(run, scenario)
    return "\n".join(lines).rstrip() + "\n"


BEGIN, END = "<!-- results: written by tests/bench/run --write-docs -->", "<!-- end of results -->"


def write_into(document, report):
    """Puts a report between the marks of a document, its headings one level lower."""
    text = document.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{document.name}: expected one '{BEGIN}' and one '{END}'")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    body = "\n".join("#" + line if line.startswith("#") else line for line in report.strip().split("\n")[1:])
    document.write_text(f"{before}{BEGIN}\n\n{body.strip()}\n\n{END}{after}")
