// policy.csx - ordered rules that allow, deny, redact or limit, and an audit log of what they decided
//
//     scriptproxy --set policy.rules=@policy.yaml --set policy.audit=audit.log

using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Threading.Channels;

public enum PolicyAction
{
    Allow,         // the request passes, further rules are not asked
    Deny,          // it is refused
    Redact,        // header fields and URL parameters are hidden from every record
    RequireHeader, // refused unless it has the field
    RequireTls,    // refused unless it goes out over TLS of that version or newer
    LimitSize,     // refused when the body is longer
    LimitRate,     // refused beyond so many in a while
}

// "Mon-Fri 08:00-18:00", "Sat,Sun", "22:00-06:00".
public sealed class TimeWindow
{
    private static readonly string[] Days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

    private readonly HashSet<DayOfWeek> _days = [];
    private readonly string _text;
    private TimeSpan _from;
    private TimeSpan _until = TimeSpan.FromDays(1);

    private TimeWindow(string text) => _text = text;

    public static TimeWindow Parse(string text)
    {
        var window = new TimeWindow(text);
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (char.IsAsciiDigit(word[0])) window.AddTimes(word);
            else window.AddDays(word);
        }

        return text.Trim().Length > 0 ? window : throw Wrong(text);
    }

    public bool Contains(DateTime time)
    {
        // What began yesterday may last until this morning.
        var isOver = _from > _until;
        if (isOver && time.TimeOfDay < _until) return IsDay(time.AddDays(-1).DayOfWeek);
        return IsDay(time.DayOfWeek) && time.TimeOfDay >= _from && (isOver || time.TimeOfDay < _until);
    }

    public override string ToString() => _text;

    private bool IsDay(DayOfWeek day) => _days.Count == 0 || _days.Contains(day);

    private void AddTimes(string word)
    {
        if (word.Split('-') is not [var from, var until] || !TryTime(from, out _from) || !TryTime(until, out _until)) throw Wrong(word);
    }

    private static bool TryTime(string text, out TimeSpan time)
    {
        time = TimeSpan.FromDays(1);
        return text == "24:00" || TimeSpan.TryParseExact(text, @"hh\:mm", CultureInfo.InvariantCulture, out time);
    }

    private void AddDays(string word)
    {
        foreach (var part in word.Split(','))
        {
            var ends = part.Split('-').Select(day => Array.FindIndex(Days, known => known.Equals(day, StringComparison.OrdinalIgnoreCase))).ToList();
            if (ends.Count > 2 || ends.Contains(-1)) throw Wrong(word);
            for (var day = ends[0]; ; day = (day + 1) % 7)
            {
                _days.Add((DayOfWeek)day);
                if (day == ends[^1]) break;
            }
        }
    }

    private static FormatException Wrong(string text) => new($"expected days and times such as \"Mon-Fri 08:00-18:00\", got \"{text}\".");
}

public sealed record PolicyRule
{
    // What the audit log calls it.
    public required string Name { get; init; }

    public required PolicyAction Action { get; init; }

    public FlowFilter Filter { get; init; } = FlowFilter.All;

    // What is left empty does not matter; of what is given, one has to fit. * stands for anything.
    public string[] Methods { get; init; } = [];

    public string[] Hosts { get; init; } = [];

    public string[] Paths { get; init; } = [];

    // Who asks: names of proxy authentication, and networks such as 10.0.0.0/8.
    public string[] Users { get; init; } = [];

    public IPNetwork[] Clients { get; init; } = [];

    public TimeWindow[] Times { get; init; } = [];

    [Option("An IANA time zone, such as Europe/Berlin.")]
    public string TimeZone { get; init; } = "UTC";

    // Only record what it would have decided.
    public bool DryRun { get; init; }

    public string? Reason { get; init; }

    [Option("Status of the refusal.", Min = 400, Max = 599)]
    public int? Status { get; init; }

    // require-header: the field, and what its value has to match. redact: fields and URL parameters.
    public string? Header { get; init; }

    public Regex? Value { get; init; }

    public string[] Headers { get; init; } = [];

    public string[] Query { get; init; } = [];

    [Option("require-tls: 1.2 or 1.3.")]
    public string Tls { get; init; } = "1.2";

    [Option("limit-size.", Min = 0)]
    public long MaxBytes { get; init; } = -1;

    [Option("limit-rate: how many within a window.", Min = 1)]
    public int Requests { get; init; }

    [Option("limit-rate: how long a window is, in seconds.", Min = 1, Max = 86400)]
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    public IEnumerable<string> Validate()
    {
        if (Action == PolicyAction.RequireHeader && Header is null) yield return "header is missing: which field is required?";
        if (Action == PolicyAction.Redact && Headers.Length + Query.Length == 0) yield return "headers or query is missing: what is to be hidden?";
        if (Action == PolicyAction.LimitSize && MaxBytes < 0) yield return "max-bytes is missing";
        if (Action == PolicyAction.LimitRate && Requests == 0) yield return "requests is missing";
        if (Tls is not ("1.2" or "1.3")) yield return $"tls: expected 1.2 or 1.3, got {Tls}";
        if (Filter.NeedsResponse) yield return "filter: a decision falls before there is a response; leave ~c, ~s, ~hs and the like out, and write ~hq for ~h, ~tq for ~t, ~bq for ~b";
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out _)) yield return $"time-zone: there is no {TimeZone}";
    }
}

// "*.example": * stands for anything, everything else for itself. A thousand of them cost no more than looking at their first characters.
public sealed class Glob(string pattern)
{
    private readonly string[] _pieces = pattern.Split('*');

    public bool Matches(ReadOnlySpan<char> text)
    {
        if (_pieces.Length == 1) return text.SequenceEqual(_pieces[0]);
        if (!text.StartsWith(_pieces[0])) return false;
        text = text[_pieces[0].Length..];
        for (var i = 1; i < _pieces.Length - 1; i++)
        {
            var at = text.IndexOf(_pieces[i]);
            if (at < 0) return false;
            text = text[(at + _pieces[i].Length)..];
        }

        return text.EndsWith(_pieces[^1]);
    }
}

// A rule made ready to be asked.
public sealed class AskedRule(PolicyRule rule)
{
    private readonly Glob[] _hosts = [.. rule.Hosts.Select(host => new Glob(host.ToLowerInvariant()))];
    private readonly Glob[] _paths = [.. rule.Paths.Select(path => new Glob(path))];

    public PolicyRule Rule => rule;

    public bool HasFilter { get; } = !ReferenceEquals(rule.Filter, FlowFilter.All);

    /// <summary>Whether it asks for nothing of a request but what is known of its connection.</summary>
    public bool IsOfConnection => rule.Methods.Length + rule.Paths.Length == 0 && !HasFilter;

    public bool IsOfHost(string lowerCase) => _hosts.Length == 0 || Any(_hosts, lowerCase);

    /// <param name="path">Read once for all rules, when the first of them asks.</param>
    public bool IsOfRequest(HttpRequest request, ref string? path)
    {
        if (rule.Methods.Length > 0 && !rule.Methods.Contains(request.Method, StringComparer.OrdinalIgnoreCase)) return false;
        return _paths.Length == 0 || Any(_paths, path ??= Normalized(request.Path));
    }

    // As origins see it: /a/../b is /b, //b too, and %61 is a.
    private static string Normalized(string path) => Regex.Replace(Uri.UnescapeDataString(new Uri("http://x/" + path.TrimStart('/')).AbsolutePath), "/{2,}", "/");

    private static bool Any(Glob[] globs, string text)
    {
        foreach (var glob in globs)
        {
            if (glob.Matches(text)) return true;
        }

        return false;
    }
}

public enum AuditFailure { Deny, Continue }

public sealed record PolicyOptions
{
    [Option("The rules, asked in order until one allows or denies; in a file of their own: @FILE.")]
    public PolicyRule[] Rules { get; init; } = [];

    [Option("What happens to a request that no rule allowed or denied: allow or deny.")]
    public PolicyAction Default { get; init; } = PolicyAction.Allow;

    [Option("Record what all rules would have decided, and let everything pass.")]
    public bool DryRun { get; init; }

    [Option("File of the audit log; left out: none.", ValueName = "FILE")]
    public string? Audit { get; init; }

    [Option("Record requests that were allowed too.")]
    public bool AuditAllowed { get; init; }

    [Option("A key for the chain of hashes: without it nobody can write a log that passes for ours.", Secret = true)]
    public string? AuditKey { get; init; }

    [Option("Wait until the disk itself has an entry, so that a power failure loses none.")]
    public bool AuditSync { get; init; }

    [Option("The audit log is set aside when it is longer.", Min = 1024)]
    public long AuditMaxBytes { get; init; } = 100 * 1024 * 1024;

    [Option("What happens to a request whose entry cannot be written: deny or continue.")]
    public AuditFailure OnAuditFailure { get; init; } = AuditFailure.Deny;

    public IEnumerable<string> Validate()
    {
        if (Default is not (PolicyAction.Allow or PolicyAction.Deny)) yield return "default: expected allow or deny";
        if (Audit is not null && Path.GetDirectoryName(Path.GetFullPath(Audit)) is { } folder && !Directory.Exists(folder)) yield return $"audit: there is no folder {folder}";
        foreach (var twice in Rules.GroupBy(rule => rule.Name).Where(group => group.Count() > 1)) yield return $"two rules are called \"{twice.Key}\"";
    }
}

// The audit log: JSON lines, each with the hash of the line before. An entry is written before its request goes on; those that come together are written together.
public sealed class AuditLog(string path, byte[]? key, bool sync, long maxBytes, AddonContext context)
{
    private const string HashField = ",\"hash\":\"";
    private const string FirstHash = "0000000000000000000000000000000000000000000000000000000000000000";

    private readonly Channel<(string Entry, TaskCompletionSource Written)> _queue = Channel.CreateBounded<(string, TaskCompletionSource)>(10_000);
    private Task _writing = Task.CompletedTask;
    private long _knownLength = -1;
    private long _number;
    private string _previous = FirstHash;

    public void Start() => _writing = Task.Run(WriteAsync);

    // Entry: the members of a JSON object, without braces. Done when it is written; throws when it cannot be.
    public async Task AddAsync(string entry, CancellationToken cancellation)
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.Writer.WriteAsync((entry, written), cancellation);
        await written.Task;
    }

    public async Task EndAsync()
    {
        _queue.Writer.TryComplete();
        await _writing;
    }

    private async Task WriteAsync()
    {
        var batch = new List<(string Entry, TaskCompletionSource Written)>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            while (batch.Count < 1_000 && _queue.Reader.TryRead(out var one)) batch.Add(one);
            try
            {
                await WriteAsync(batch);
                foreach (var (_, written) in batch) written.SetResult();
            }
            catch (Exception exception)
            {
                _knownLength = -1;
                foreach (var (_, written) in batch) written.SetException(new IOException($"the audit log {Path.GetFileName(path)} cannot be written: {exception.Message}"));
            }

            batch.Clear();
        }
    }

    private async Task WriteAsync(List<(string Entry, TaskCompletionSource Written)> batch)
    {
        // One writer at a time: during a reload the version before this one may still write.
        Microsoft.Win32.SafeHandles.SafeFileHandle? file = null;
        for (var attempt = 0; file is null; attempt++)
        {
            try
            {
                file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            }
            catch (IOException) when (attempt < 200 && File.Exists(path))
            {
                await Task.Delay(10);
            }
        }

        using (file)
        {
            if (RandomAccess.GetLength(file) != _knownLength) await ReadEndAsync(file);
            var start = RandomAccess.GetLength(file);
            if (start > maxBytes) SetAside();
            else
            {
                try
                {
                    await RandomAccess.WriteAsync(file, Lines(batch), start);
                    if (sync) RandomAccess.FlushToDisk(file);
                    _knownLength = RandomAccess.GetLength(file);
                    return;
                }
                catch
                {
                    // Half a line is none: nobody was told that it is written.
                    RandomAccess.SetLength(file, start);
                    throw;
                }
            }
        }

        await WriteAsync(batch);
    }

    private ReadOnlyMemory<byte> Lines(List<(string Entry, TaskCompletionSource Written)> batch)
    {
        var lines = new StringBuilder();
        var (number, previous) = (_number, _previous);
        foreach (var (entry, _) in batch)
        {
            var line = $"{{\"number\":{++number},{entry},\"previous\":\"{previous}\"";
            previous = HashOf(line);
            lines.Append(line).Append(HashField).Append(previous).Append("\"}\n");
        }

        (_number, _previous) = (number, previous);
        return Encoding.UTF8.GetBytes(lines.ToString());
    }

    private string HashOf(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        return Convert.ToHexStringLower(key is null ? SHA256.HashData(bytes) : HMACSHA256.HashData(key, bytes));
    }

    /// <summary>Finds where the chain goes on. A last line without its end was cut off while it was written, and promised to nobody: it goes.</summary>
    private async Task ReadEndAsync(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        (_number, _previous) = (0, FirstHash);
        var length = RandomAccess.GetLength(file);
        if (length == 0)
        {
            await ReadEndOfOlderAsync();
            return;
        }

        var tail = new byte[(int)Math.Min(length, 256 * 1024)];
        var read = await RandomAccess.ReadAsync(file, tail, length - tail.Length);
        if (read < tail.Length) throw new IOException("its end cannot be read");
        var end = Array.LastIndexOf(tail, (byte)'\n');
        if (end < tail.Length - 1)
        {
            if (end < 0 && tail.Length < length) throw new IOException("its last line is none of ours; move the file away");
            context.LogWarning($"{path}: the last line was cut off; it is removed");
            RandomAccess.SetLength(file, length - (tail.Length - 1 - end));
        }

        if (end < 0) await ReadEndOfOlderAsync();
        else ReadLine(tail.AsSpan(0, end)[(tail.AsSpan(0, end).LastIndexOf((byte)'\n') + 1)..]);
    }

    private async Task ReadEndOfOlderAsync()
    {
        var file = new FileInfo(path);
        if (file.Directory!.GetFiles().Where(old => old.Name.StartsWith(file.Name + ".")).MaxBy(old => old.Name, StringComparer.Ordinal) is not { Length: > 0 } older) return;
        using var handle = File.OpenHandle(older.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.Read);
        await ReadEndAsync(handle);
    }

    private void ReadLine(ReadOnlySpan<byte> line)
    {
        try
        {
            var entry = JsonDocument.Parse(line.ToArray()).RootElement;
            (_number, _previous) = (entry.GetProperty("number").GetInt64(), entry.GetProperty("hash").GetString()!);
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new IOException("its last line is none of ours; move the file away", exception);
        }
    }

    private void SetAside()
    {
        File.Move(path, $"{path}.{_number:000000000000}");
        _knownLength = -1;
    }
}

[Priority(90)]
public sealed class Policy : Addon<PolicyOptions>
{
    private const int MostCounted = 100_000;
    private const int MostHosts = 1_000;

    private readonly ConcurrentDictionary<string, AskedRule[]> _ofHost = new();
    private AskedRule[] _rules = [];
    private ConcurrentDictionary<string, long> _emptyAt = new();
    private AddonContext? _context;
    private AuditLog? _audit;
    private long _unwritten;

    public override ValueTask OnLoadAsync(AddonContext context)
    {
        _context = context;
        _emptyAt = context.State.GetOrAdd("rates", () => _emptyAt);
        _rules = [.. Options.Rules.Select(rule => new AskedRule(rule))];
        if (Options.Audit is not { } path) return default;
        _audit = new AuditLog(path, Options.AuditKey is { Length: > 0 } key ? Encoding.UTF8.GetBytes(key) : null, Options.AuditSync, Options.AuditMaxBytes, context);
        _audit.Start();
        return default;
    }

    // What is relayed unread shows its host alone: rules that ask for nothing else decide here.
    public override async ValueTask OnConnectAsync(ConnectFlow connect)
    {
        foreach (var asked in RulesOf(connect.Host))
        {
            var rule = asked.Rule;
            if (!IsOfClient(rule, connect.Client)) continue;

            // Requests within it will be asked about one by one where it is intercepted: a rule with a path may allow some of them.
            if (rule.Action == PolicyAction.Allow) return;
            if (rule.Action != PolicyAction.Deny || !asked.IsOfConnection) continue;
            var entry = Entry(rule, rule.Reason, connect.Client, "CONNECT", $"{connect.Host}:{connect.Port}", IsDry(rule) ? "would-deny" : "deny");
            if (!await TryRecordAsync(entry, default)) connect.Deny("The decision cannot be recorded.", 503);
            else if (!IsDry(rule)) connect.Deny(ReasonOf(rule, rule.Reason), rule.Status ?? 403);
            if (!IsDry(rule)) return;
        }

        if (Options.Default != PolicyAction.Deny) return;
        var denied = Entry(null, null, connect.Client, "CONNECT", $"{connect.Host}:{connect.Port}", Options.DryRun ? "would-deny" : "deny");
        if (!await TryRecordAsync(denied, default)) connect.Deny("The decision cannot be recorded.", 503);
        else if (!Options.DryRun) connect.Deny("Denied by policy: no rule allows it.");
    }

    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        if (flow.Response is not null) return;
        string? path = null;
        foreach (var asked in RulesOf(flow.Request.Host))
        {
            var rule = asked.Rule;
            if (!IsOfClient(rule, flow.Client) || !asked.IsOfRequest(flow.Request, ref path)) continue;
            if (asked.HasFilter && !await rule.Filter.MatchesAsync(flow, flow.Aborted)) continue;
            var (isDecided, problem, status) = Judge(rule, flow);
            if (!isDecided) continue;
            if (problem is null)
            {
                if (Options.AuditAllowed) await RecordAsync(flow, rule, null, "allow");
                return;
            }

            await DenyAsync(flow, rule, problem, status);
            if (flow.Response is not null) return;
        }

        if (Options.Default == PolicyAction.Deny) await DenyAsync(flow, null, "no rule allows it", 403);
        else if (Options.AuditAllowed) await RecordAsync(flow, null, null, "allow");
    }

    public override async ValueTask OnUnloadAsync()
    {
        if (_audit is not null) await _audit.EndAsync();
    }

    private (bool IsDecided, string? Problem, int Status) Judge(PolicyRule rule, HttpFlow flow)
    {
        var request = flow.Request;
        switch (rule.Action)
        {
            case PolicyAction.Allow:
                return (true, null, 200);
            case PolicyAction.Deny:
                return (true, rule.Reason ?? "not allowed", 403);
            case PolicyAction.Redact:
                foreach (var name in rule.Headers) request.Headers.Redact(name);
                foreach (var name in rule.Query) flow.RedactQuery(name);
                return default;
            case PolicyAction.RequireHeader:
                var isThere = request.Headers[rule.Header!] is { } value && rule.Value?.IsMatch(value) != false;
                return (!isThere, $"the header field {rule.Header} is missing or not as required", 403);
            case PolicyAction.RequireTls:
                var client = flow.Client.TlsProtocol;
                var isSafe = request.Scheme == "https" && (client == SslProtocols.None || rule.Tls == "1.2" || client == SslProtocols.Tls13);
                return (!isSafe, $"TLS {rule.Tls} is required", 403);
            case PolicyAction.LimitSize:
                if (request.ContentLength > rule.MaxBytes) return (true, $"the body is longer than {rule.MaxBytes} bytes", 413);
                if (request.HasBody && request.ContentLength is null && !IsDry(rule)) request.Transform((input, output, cancellation) => LimitAsync(input, output, rule, cancellation));
                return default;
            default:
                return (!Take(rule, flow.Client), $"more than {rule.Requests} requests in {rule.Window.TotalSeconds:0.###} s", 429);
        }
    }

    private async ValueTask DenyAsync(HttpFlow flow, PolicyRule? rule, string problem, int status)
    {
        var isDry = rule is null ? Options.DryRun : IsDry(rule);
        if (!await RecordAsync(flow, rule, problem, isDry ? "would-deny" : "deny")) return;
        flow.Tags.Add(isDry ? "would-deny" : "denied");
        if (isDry) return;
        var reason = ReasonOf(rule, rule?.Reason ?? problem);
        var headers = new List<KeyValuePair<string, string>> { new("Content-Type", "text/plain; charset=utf-8"), new("Proxy-Status", $"scriptproxy; error=http_request_denied; details=\"{(rule?.Name ?? "default").Replace('"', '\'')}\"") };
        if (status == 429) headers.Add(new("Retry-After", $"{Math.Max(1, (int)rule!.Window.TotalSeconds / rule.Requests)}"));
        flow.Respond(rule?.Status ?? status, Encoding.UTF8.GetBytes(reason + "\n"), headers);
    }

    /// <summary>False when the entry could not be written and the request was answered for that.</summary>
    private async ValueTask<bool> RecordAsync(HttpFlow flow, PolicyRule? rule, string? problem, string decision)
    {
        if (_audit is null || await TryRecordAsync(Entry(rule, problem, flow.Client, flow.Request.Method, flow.ToRecord().Url, decision, flow.Id), flow.Aborted)) return true;
        flow.Respond(503, "The decision cannot be recorded, so nothing passes.\n");
        return false;
    }

    private async ValueTask<bool> TryRecordAsync(string entry, CancellationToken cancellation)
    {
        if (_audit is null) return true;
        try
        {
            await _audit.AddAsync(entry, cancellation);
            return true;
        }
        catch (Exception exception) when (exception is IOException or ChannelClosedException)
        {
            if (long.IsPow2(Interlocked.Increment(ref _unwritten))) _context!.LogWarning($"{exception.Message} ({_unwritten} entries so far)");
            return Options.OnAuditFailure == AuditFailure.Continue;
        }
    }

    private static string Entry(PolicyRule? rule, string? problem, ClientConnection client, string method, string url, string decision, string? flow = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("time", DateTimeOffset.UtcNow);
            writer.WriteString("decision", decision);
            writer.WriteString("rule", rule?.Name ?? "default");
            writer.WriteString("reason", rule?.Reason ?? problem);
            writer.WriteString("client", client.RemoteEndPoint.ToString());
            writer.WriteString("user", client.User);
            writer.WriteString("flow", flow);
            writer.WriteString("method", method);
            writer.WriteString("url", url);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan[1..^1]);
    }

    private bool IsDry(PolicyRule rule) => Options.DryRun || rule.DryRun;

    private static string ReasonOf(PolicyRule? rule, string? reason) => $"Denied by policy{(rule is null ? "" : $" \"{rule.Name}\"")}: {reason ?? "not allowed"}.";

    // Most rules name hosts, and most requests go where others went: which rules those are is found out once.
    private AskedRule[] RulesOf(string host)
    {
        if (_ofHost.TryGetValue(host, out var known)) return known;
        if (_ofHost.Count >= MostHosts) _ofHost.Clear();
        var lowerCase = host.ToLowerInvariant();
        return _ofHost[host] = [.. _rules.Where(asked => asked.IsOfHost(lowerCase))];
    }

    private static bool IsOfClient(PolicyRule rule, ClientConnection client)
    {
        if (rule.Users.Length > 0 && !rule.Users.Contains(client.User)) return false;
        if (rule.Clients.Length + rule.Times.Length == 0) return true;
        var address = client.RemoteEndPoint.Address;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (rule.Clients.Length > 0 && !rule.Clients.Any(network => network.Contains(address))) return false;
        if (rule.Times.Length == 0) return true;
        var now = TimeZoneInfo.ConvertTime(DateTimeOffset.UtcNow, TimeZoneInfo.FindSystemTimeZoneById(rule.TimeZone)).DateTime;
        return rule.Times.Any(window => window.Contains(now));
    }

    // Generic cell rate algorithm: the time at which the bucket will be empty again.
    private bool Take(PolicyRule rule, ClientConnection client)
    {
        var now = Environment.TickCount64 * TimeSpan.TicksPerMillisecond;
        var key = $"{rule.Name}\n{client.User ?? client.RemoteEndPoint.Address.ToString()}";
        if (_emptyAt.Count > MostCounted) _emptyAt.Clear();
        while (true)
        {
            var known = _emptyAt.TryGetValue(key, out var emptyAt);
            var next = Math.Max(emptyAt, now) + rule.Window.Ticks / rule.Requests;
            if (next - now > rule.Window.Ticks) return false;
            if (known ? _emptyAt.TryUpdate(key, next, emptyAt) : _emptyAt.TryAdd(key, next)) return true;
        }
    }

    private static async Task LimitAsync(System.IO.Pipelines.PipeReader input, System.IO.Pipelines.PipeWriter output, PolicyRule rule, CancellationToken cancellation)
    {
        var passed = 0L;
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            passed += read.Buffer.Length;
            if (passed > rule.MaxBytes) throw new InvalidDataException($"policy \"{rule.Name}\": the body is longer than {rule.MaxBytes} bytes");
            foreach (var segment in read.Buffer) output.Write(segment.Span);
            input.AdvanceTo(read.Buffer.End);
            await output.FlushAsync(cancellation);
            if (read.IsCompleted) return;
        }
    }
}
