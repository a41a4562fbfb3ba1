// access-log.csx - one line for each flow, in Envoy's format strings or as JSON
//
//     scriptproxy --set access-log.logs='{file: access.log}' --set access-log.logs='{file: errors.json, filter: ~c 5xx, json: {time: "%START_TIME%", url: "%URL%", code: "%RESPONSE_CODE%"}}'

using System.Collections.Frozen;
using System.Globalization;
using System.Security.Authentication;
using System.Text.Encodings.Web;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;

// What an operator is asked about: secrets are hidden in the record, the rest holds none.
public sealed record Entry(FlowRecord Flow, ClientConnection Client, ServerConnection? Server, FlowTimings? Timings, IReadOnlyDictionary<string, string>? Metadata, IReadOnlyDictionary<string, string>? Trailers, bool IsLocal);

// A format string, compiled: text and operators such as %REQ(USER-AGENT):20%.
public sealed class LogFormat
{
    private const string Default = "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESPONSE_DURATION% "
        + "\"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\" \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\"";

    // The text in front of an operator, and the operator; null at the end.
    private readonly List<(string Text, Func<Entry, object?>? Value)> _parts = [];
    private readonly string _format;

    private LogFormat(string format) => _format = format;

    public static LogFormat EnvoyDefault { get; } = Parse(Default);

    // Exactly one operator: typed JSON keeps its number.
    public bool IsSingle => _parts is [("", not null)];

    public bool NeedsTrailers => _format.Contains("%TRAILER(") || _format.Contains("%GRPC_STATUS");

    public bool NeedsMetadata => _format.Contains("%DYNAMIC_METADATA(");

    public static LogFormat Parse(string format)
    {
        var result = new LogFormat(format);
        var text = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%') text.Append(format[i]);
            else if (i + 1 < format.Length && format[i + 1] == '%') text.Append(format[i++]);
            else
            {
                var (value, end) = Operators.Parse(format, i);
                result._parts.Add((text.ToString(), value));
                text.Clear();
                i = end;
            }
        }

        result._parts.Add((text.ToString(), null));
        if (text.Length == 0 && result._parts.Count > 1) result._parts.RemoveAt(result._parts.Count - 1);
        return result;
    }

    public object? Value(Entry entry) => _parts[0].Value!(entry);

    public void Append(StringBuilder line, Entry entry, bool isOmitted = false)
    {
        foreach (var (text, value) in _parts)
        {
            line.Append(text);
            if (value is not null) AppendValue(line, value(entry), isOmitted);
        }
    }

    public override string ToString() => _format;

    // What came over the network must not look like the log's own quotes and lines.
    private static void AppendValue(StringBuilder line, object? value, bool isOmitted)
    {
        if (value is null or "")
        {
            if (!isOmitted) line.Append('-');
            return;
        }

        foreach (var character in Convert.ToString(value, CultureInfo.InvariantCulture)!)
        {
            if (character == '"') line.Append("\\\"");
            else if (character == '\\') line.Append("\\\\");
            else if (char.IsControl(character)) line.Append(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}");
            else line.Append(character);
        }
    }
}

// Envoy's operators, as far as they have a meaning here.
public static class Operators
{
    private static readonly FrozenDictionary<string, Func<Entry, object?>> Plain = new Dictionary<string, Func<Entry, object?>>
    {
        ["PROTOCOL"] = entry => entry.Flow.Protocol,
        ["RESPONSE_CODE"] = entry => entry.Flow.StatusCode ?? 0,
        ["RESPONSE_CODE_DETAILS"] = entry => entry.Flow.Error?.Type ?? (entry.IsLocal ? "direct_response" : "via_upstream"),
        ["CONNECTION_TERMINATION_DETAILS"] = entry => entry.Flow.Error?.Message,
        ["RESPONSE_FLAGS"] = entry => FlagsOf(entry),
        ["BYTES_RECEIVED"] = entry => entry.Flow.RequestBytes,
        ["BYTES_SENT"] = entry => entry.Flow.ResponseBytes,
        ["DURATION"] = entry => (long)entry.Flow.Duration.TotalMilliseconds,
        ["RESPONSE_DURATION"] = entry => (long?)entry.Timings?.FirstByte?.TotalMilliseconds,
        ["RESPONSE_TX_DURATION"] = entry => entry.Timings?.FirstByte is { } first ? (long)(entry.Flow.Duration - first).TotalMilliseconds : null,
        ["UPSTREAM_HOST"] = entry => entry.Server?.RemoteEndPoint,
        ["UPSTREAM_CLUSTER"] = entry => entry.Server is { } server ? $"{server.Host}:{server.Port}" : null,
        ["UPSTREAM_REMOTE_ADDRESS"] = entry => entry.Server?.RemoteEndPoint,
        ["UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT"] = entry => entry.Server?.RemoteEndPoint?.Address,
        ["UPSTREAM_REMOTE_PORT"] = entry => entry.Server?.RemoteEndPoint?.Port,
        ["UPSTREAM_PROTOCOL"] = entry => entry.Server is null ? null : entry.Server.ApplicationProtocol == "h2" ? "HTTP/2.0" : "HTTP/1.1",
        ["UPSTREAM_TLS_VERSION"] = entry => TlsVersion(entry.Server?.TlsProtocol),
        ["UPSTREAM_TRANSPORT_FAILURE_REASON"] = entry => entry.Flow.Error is { StatusCode: 502 or 504 } error ? error.Message : null,
        ["DOWNSTREAM_REMOTE_ADDRESS"] = entry => entry.Client.RemoteEndPoint,
        ["DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT"] = entry => entry.Client.RemoteEndPoint.Address,
        ["DOWNSTREAM_REMOTE_PORT"] = entry => entry.Client.RemoteEndPoint.Port,
        ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS"] = entry => entry.Client.RemoteEndPoint,
        ["DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT"] = entry => entry.Client.RemoteEndPoint.Address,
        ["DOWNSTREAM_DIRECT_REMOTE_PORT"] = entry => entry.Client.RemoteEndPoint.Port,
        ["DOWNSTREAM_LOCAL_ADDRESS"] = entry => entry.Client.LocalEndPoint,
        ["DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT"] = entry => entry.Client.LocalEndPoint.Address,
        ["DOWNSTREAM_LOCAL_PORT"] = entry => entry.Client.LocalEndPoint.Port,
        ["DOWNSTREAM_TLS_VERSION"] = entry => TlsVersion(entry.Client.TlsProtocol),
        ["REQUESTED_SERVER_NAME"] = entry => entry.Client.ServerName,
        ["CONNECTION_ID"] = entry => entry.Client.Id,
        ["STREAM_ID"] = entry => entry.Flow.Id,
        ["GRPC_STATUS"] = entry => GrpcStatus(entry) is { } number && number < GrpcNames.Length ? GrpcNames[number] : GrpcStatus(entry)?.ToString(CultureInfo.InvariantCulture),
        ["GRPC_STATUS_NUMBER"] = entry => GrpcStatus(entry),
        ["HOSTNAME"] = _ => Environment.MachineName,

        // Beyond Envoy's.
        ["URL"] = entry => entry.Flow.Url,
        ["TAGS"] = entry => string.Join(',', entry.Flow.Tags.Order(StringComparer.Ordinal)),
    }.ToFrozenDictionary();

    private static readonly string[] Unsupported =
    [
        "ROUTE_NAME", "VIRTUAL_CLUSTER_NAME", "CLUSTER_METADATA", "UPSTREAM_METADATA", "FILTER_STATE", "REQUEST_HEADERS_BYTES", "RESPONSE_HEADERS_BYTES", "RESPONSE_TRAILERS_BYTES",
        "UPSTREAM_REQUEST_ATTEMPT_COUNT", "UPSTREAM_WIRE_BYTES_SENT", "UPSTREAM_WIRE_BYTES_RECEIVED", "DOWNSTREAM_WIRE_BYTES_SENT", "DOWNSTREAM_WIRE_BYTES_RECEIVED", "UPSTREAM_HEADER_BYTES_SENT",
        "UPSTREAM_HEADER_BYTES_RECEIVED", "DOWNSTREAM_HEADER_BYTES_SENT", "DOWNSTREAM_HEADER_BYTES_RECEIVED", "REQUEST_DURATION", "REQUEST_TX_DURATION", "UPSTREAM_LOCAL_ADDRESS",
        "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", "UPSTREAM_LOCAL_PORT", "DOWNSTREAM_TLS_CIPHER", "UPSTREAM_TLS_CIPHER", "TRACE_ID",
    ];

    private static readonly string[] GrpcNames =
    [
        "OK", "Canceled", "Unknown", "InvalidArgument", "DeadlineExceeded", "NotFound", "AlreadyExists", "PermissionDenied", "ResourceExhausted", "FailedPrecondition", "Aborted", "OutOfRange",
        "Unimplemented", "Internal", "Unavailable", "DataLoss", "Unauthenticated",
    ];

    // Envoy's flags for the proxy's errors (RFC 9209 §2.3) and for what shipped addons did.
    private static readonly FrozenDictionary<string, string> Flags = new Dictionary<string, string>
    {
        ["dns_error"] = "DF", ["connection_refused"] = "UF", ["destination_unavailable"] = "UF", ["destination_ip_unroutable"] = "UF", ["connection_timeout"] = "UF", ["tls_protocol_error"] = "UF",
        ["tls_certificate_error"] = "UF", ["http_response_timeout"] = "UT", ["connection_read_timeout"] = "SI", ["http_response_incomplete"] = "UC", ["http_protocol_error"] = "UPE",
        ["http_upgrade_failed"] = "UPE", ["http_request_error"] = "DPE", ["proxy_loop_detected"] = "NR", ["http_request_denied"] = "LR", ["proxy_internal_error"] = "LR",
    }.ToFrozenDictionary();

    /// <summary>Compiles the operator that begins at a percent sign.</summary>
    /// <returns>What it gives, null for nothing; and where its last percent sign stands.</returns>
    public static (Func<Entry, object?> Value, int End) Parse(string format, int start)
    {
        var end = start + 1;
        while (end < format.Length && (char.IsAsciiLetterUpper(format[end]) || char.IsAsciiDigit(format[end]) || format[end] == '_')) end++;
        var name = format[(start + 1)..end];
        string? argument = null;
        int? length = null;
        if (end < format.Length && format[end] == '(')
        {
            var close = format.IndexOf(')', end);
            if (close < 0) throw Wrong(format, end, "this '(' is not closed");
            argument = format[(end + 1)..close];
            end = close + 1;
        }

        if (end < format.Length && format[end] == ':')
        {
            var digits = end + 1;
            while (digits < format.Length && char.IsAsciiDigit(format[digits])) digits++;
            if (!int.TryParse(format.AsSpan(end + 1, digits - end - 1), out var most)) throw Wrong(format, end + 1, "expected how many characters to keep");
            (length, end) = (most, digits);
        }

        if (end >= format.Length || format[end] != '%') throw Wrong(format, Math.Min(end, format.Length), "expected % at the operator's end; a percent sign itself is %%");
        var value = Make(name, argument) ?? throw Wrong(format, start, Unsupported.Contains(name) ? $"%{name}% has no meaning in this proxy" : $"there is no operator %{name}{(argument is null ? "" : "(…)")}%");
        return (length is { } limit ? entry => value(entry)?.ToString() is { } text ? text[..Math.Min(limit, text.Length)] : null : value, end);
    }

    private static Func<Entry, object?>? Make(string name, string? argument)
    {
        if (name == "START_TIME") return StartTime(argument);
        if (argument is null) return Plain.GetValueOrDefault(name);
        var names = argument.Split('?');
        return name switch
        {
            "REQ" => entry => names.Select(header => Request(entry, header)).FirstOrDefault(value => value is not null),
            "RESP" => entry => names.Select(header => header == ":STATUS" ? entry.Flow.StatusCode?.ToString(CultureInfo.InvariantCulture) : Header(entry.Flow.ResponseHeaders, header)).FirstOrDefault(value => value is not null),
            "TRAILER" => entry => names.Select(header => entry.Trailers?.GetValueOrDefault(header)).FirstOrDefault(value => value is not null),
            "DYNAMIC_METADATA" => entry => entry.Metadata?.GetValueOrDefault(argument) ?? entry.Metadata?.GetValueOrDefault(argument.Replace(':', '.')),
            "ENVIRONMENT" => Environment.GetEnvironmentVariable(argument) is var value ? _ => value : null,
            _ => null,
        };
    }

    private static string? Request(Entry entry, string name) => name.ToUpperInvariant() switch
    {
        ":METHOD" => entry.Flow.Method,
        ":AUTHORITY" => entry.Flow.Method == "CONNECT" ? entry.Flow.Url : Split(entry.Flow.Url).Authority,
        ":SCHEME" => entry.Flow.Method == "CONNECT" ? null : entry.Flow.Url.Split(':')[0],
        ":PATH" => entry.Flow.Method == "CONNECT" ? null : Split(entry.Flow.Url).Path,
        _ => Header(entry.Flow.RequestHeaders, name),
    };

    private static (string Authority, string Path) Split(string url)
    {
        var start = url.IndexOf("://") + 3;
        var slash = url.IndexOfAny(['/', '?'], start);
        return slash < 0 ? (url[start..], "/") : (url[start..slash], url[slash..]);
    }

    private static string? Header(IReadOnlyList<KeyValuePair<string, string>> headers, string name)
    {
        string? found = null;
        foreach (var (key, value) in headers)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase)) found = found is null ? value : $"{found},{value}";
        }

        return found;
    }

    private static string? FlagsOf(Entry entry)
    {
        var flags = new List<string>();
        if (entry.Flow.Error is { } error) flags.Add(error.Type == "connection_terminated" ? error.StatusCode == 0 ? "DC" : "UC" : Flags.GetValueOrDefault(error.Type, "LR"));
        if (entry.Flow.Tags.Contains("limited")) flags.Add("RL");
        if (entry.Flow.Tags.Contains("fault")) flags.Add("FI");
        if (entry.Flow.Tags.Contains("denied")) flags.Add("UAEX");
        return flags.Count == 0 ? null : string.Join(',', flags);
    }

    private static int? GrpcStatus(Entry entry) =>
        int.TryParse(entry.Trailers?.GetValueOrDefault("grpc-status") ?? Header(entry.Flow.ResponseHeaders, "grpc-status"), NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : null;

    private static string? TlsVersion(SslProtocols? protocol) => protocol switch
    {
        SslProtocols.Tls12 => "TLSv1.2",
        SslProtocols.Tls13 => "TLSv1.3",
        _ => null,
    };

    private static Func<Entry, object?> StartTime(string? format)
    {
        if (format is null) return entry => entry.Flow.Started.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
        return entry => Strftime(format, entry.Flow.Started);
    }

    // The specifiers of strftime that people use, and Envoy's %3f, %6f, %9f.
    private static string Strftime(string format, DateTimeOffset time)
    {
        var result = new StringBuilder();
        var utc = time.UtcDateTime;
        string In(string net) => utc.ToString(net, CultureInfo.InvariantCulture);
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                result.Append(format[i]);
                continue;
            }

            var specifier = format[++i];
            var digits = 9;
            if (char.IsAsciiDigit(specifier) && i + 1 < format.Length) (digits, specifier) = (specifier - '0', format[++i]);
            result.Append(specifier switch
            {
                'Y' => In("yyyy"), 'y' => In("yy"), 'm' => In("MM"), 'd' => In("dd"), 'e' => In("%d").PadLeft(2), 'H' => In("HH"), 'I' => In("hh"), 'M' => In("mm"), 'S' => In("ss"), 'p' => In("tt"),
                'b' or 'h' => In("MMM"), 'B' => In("MMMM"), 'a' => In("ddd"), 'A' => In("dddd"), 'j' => utc.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
                'F' => In("yyyy-MM-dd"), 'T' => In("HH:mm:ss"), 'D' => In("MM/dd/yy"), 'R' => In("HH:mm"), 'z' => "+0000", 'Z' => "UTC", 's' => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                'f' => (utc.Ticks % TimeSpan.TicksPerSecond * 100).ToString("000000000", CultureInfo.InvariantCulture)[..Math.Clamp(digits, 1, 9)], '%' => "%",
                _ => $"%{specifier}",
            });
        }

        return result.ToString();
    }

    private static FormatException Wrong(string format, int at, string problem) => new($"column {at + 1}: {problem}.\n    {format}\n    {new string(' ', at)}^");
}

public enum Rotation { Never, Hour, Day }

public sealed record LogRule
{
    [Option("A file, stdout or stderr.", ValueName = "FILE")]
    public required string File { get; init; }

    public FlowFilter Filter { get; init; } = FlowFilter.All;

    public LogFormat? Format { get; init; }

    // A JSON object instead of a line of text.
    public Dictionary<string, LogFormat>? Json { get; init; }

    // Numbers stay numbers, and what is unset is null.
    public bool Typed { get; init; } = true;

    public bool OmitEmpty { get; init; }

    // Tunnels have no flow that a filter could be asked about: they are logged where there is none.
    public bool Tunnels { get; init; } = true;

    [Option("The file is set aside when it is longer; 0 for never.", Min = 0)]
    public long MaxBytes { get; init; } = 100 * 1024 * 1024;

    public Rotation Rotate { get; init; } = Rotation.Never;

    [Option("How many files that were set aside are kept.", Min = 1)]
    public int Keep { get; init; } = 7;

    public bool IsStream => System.IO.Path.GetFileName(File) is "stdout" or "stderr";

    public IEnumerable<string> Validate()
    {
        if (Format is not null && Json is not null) yield return "expected format or json, got both";
        if (!IsStream && System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(File)) is { } folder && !Directory.Exists(folder)) yield return $"there is no folder {folder}";
    }
}

public sealed record AccessLogOptions
{
    [Option("Which flows are logged where, and how.")]
    public LogRule[] Logs { get; init; } = [];

    [Option("Most entries that wait to be written, for each log; further ones are dropped and counted.", Min = 1)]
    public int Queue { get; init; } = 16_384;
}

// One log: flows only queue their entry; a task of its own formats and writes, so that a slow disk never holds up traffic.
public sealed class LogWriter
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Channel<Entry> _queue;
    private readonly LogRule _rule;
    private readonly AddonContext _context;
    private readonly CancellationTokenSource _ending = new();
    private readonly Task _writing;
    private long _dropped;
    private long _toldAt = long.MinValue;

    public LogWriter(LogRule rule, int capacity, AddonContext context)
    {
        _rule = rule;
        _context = context;
        _queue = Channel.CreateBounded<Entry>(new BoundedChannelOptions(capacity) { SingleReader = true });
        _writing = Task.Run(WriteAsync);
    }

    public LogRule Rule => _rule;

    public void Add(Entry entry)
    {
        if (!_queue.Writer.TryWrite(entry)) Interlocked.Increment(ref _dropped);
    }

    // Writes what is queued; a disk that takes nothing for five seconds loses the rest.
    public async Task EndAsync()
    {
        _queue.Writer.TryComplete();
        await _ending.CancelAsync();
        await Task.WhenAny(_writing, Task.Delay(TimeSpan.FromSeconds(5)));
        Tell(always: true);
    }

    private async Task WriteAsync()
    {
        var batch = new ArrayBufferWriter<byte>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            var count = 0;
            while (batch.WrittenCount < 256 * 1024 && _queue.Reader.TryRead(out var entry))
            {
                Format(batch, entry);
                count++;
            }

            for (var attempt = 0; !await TryWriteAsync(batch); attempt++)
            {
                // Another version of this addon is at the file, or the disk is full: entries wait in the queue meanwhile, and no flow does.
                if (attempt < 100 && !(_ending.IsCancellationRequested && attempt >= 20))
                {
                    await Task.Delay(Pause);
                    continue;
                }

                Interlocked.Add(ref _dropped, count);
                break;
            }

            batch.ResetWrittenCount();
            Tell(always: false);
            if (!_ending.IsCancellationRequested && _queue.Reader.Count == 0) await Task.Delay(Pause, _ending.Token).ContinueWith(_ => { });
        }
    }

    private void Format(ArrayBufferWriter<byte> batch, Entry entry)
    {
        if (_rule.Json is { } fields) FormatJson(batch, entry, fields);
        else
        {
            var line = new StringBuilder(256);
            (_rule.Format ?? LogFormat.EnvoyDefault).Append(line, entry, _rule.OmitEmpty);
            Encoding.UTF8.GetBytes(line.ToString(), batch);
        }

        batch.Write("\n"u8);
    }

    private void FormatJson(ArrayBufferWriter<byte> batch, Entry entry, Dictionary<string, LogFormat> fields)
    {
        using var writer = new Utf8JsonWriter(batch, Json);
        writer.WriteStartObject();
        foreach (var (name, format) in fields)
        {
            var value = format.IsSingle ? format.Value(entry) : Text(format, entry);
            if (value is null or "" && _rule.OmitEmpty) continue;
            if (value is null or "" && _rule.Typed) writer.WriteNull(name);
            else if (value is long or int && _rule.Typed) writer.WriteNumber(name, Convert.ToInt64(value, CultureInfo.InvariantCulture));
            else writer.WriteString(name, value?.ToString() is { Length: > 0 } text ? text : "-");
        }

        writer.WriteEndObject();
    }

    private string Text(LogFormat format, Entry entry)
    {
        var text = new StringBuilder();
        format.Append(text, entry, _rule.OmitEmpty);
        return text.ToString();
    }

    private async Task<bool> TryWriteAsync(ArrayBufferWriter<byte> batch)
    {
        try
        {
            if (_rule.IsStream)
            {
                using var stream = Path.GetFileName(_rule.File) == "stdout" ? Console.OpenStandardOutput() : Console.OpenStandardError();
                await stream.WriteAsync(batch.WrittenMemory);
                return true;
            }

            Rotate(batch.WrittenCount);

            // Opened for each batch, by one at a time: the version before this one may still write, and other programs may move the file away.
            using var file = File.OpenHandle(_rule.File, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            await AppendAsync(file, batch.WrittenMemory);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static async Task AppendAsync(SafeFileHandle file, ReadOnlyMemory<byte> lines)
    {
        var end = RandomAccess.GetLength(file);
        var last = new byte[1];
        var isCutOff = end > 0 && await RandomAccess.ReadAsync(file, last, end - 1) == 1 && last[0] != '\n';
        try
        {
            // A crash may have cut off the last line: ours begin behind it, not in it.
            if (isCutOff) await RandomAccess.WriteAsync(file, "\n"u8.ToArray(), end);
            await RandomAccess.WriteAsync(file, lines, isCutOff ? end + 1 : end);
        }
        catch
        {
            // The disk is full: what was written of these lines goes, as all of them will be written again.
            RandomAccess.SetLength(file, end);
            throw;
        }
    }

    private void Rotate(long more)
    {
        var file = new FileInfo(_rule.File);
        if (!file.Exists || file.Length == 0) return;
        var isTooLong = _rule.MaxBytes > 0 && file.Length + more > _rule.MaxBytes;
        if (!isTooLong && PeriodOf(file.LastWriteTimeUtc) == PeriodOf(DateTime.UtcNow)) return;
        var aside = $"{file.FullName}.{file.LastWriteTimeUtc:yyyyMMdd-HHmmss}";
        for (var i = 2; File.Exists(aside); i++) aside = $"{file.FullName}.{file.LastWriteTimeUtc:yyyyMMdd-HHmmss}-{i:00}";
        File.Move(file.FullName, aside);
        var older = file.Directory!.GetFiles().Where(old => old.Name.StartsWith(file.Name) && Regex.IsMatch(old.Name[file.Name.Length..], @"^[.][0-9]{8}-[0-9]{6}"));
        foreach (var old in older.OrderByDescending(old => old.Name, StringComparer.Ordinal).Skip(_rule.Keep)) old.Delete();
    }

    private long PeriodOf(DateTime time) => _rule.Rotate switch
    {
        Rotation.Hour => time.Ticks / TimeSpan.TicksPerHour,
        Rotation.Day => time.Ticks / TimeSpan.TicksPerDay,
        _ => 0,
    };

    private void Tell(bool always)
    {
        if (Interlocked.Read(ref _dropped) == 0 || (!always && Environment.TickCount64 - _toldAt < 10_000 && _toldAt != long.MinValue)) return;
        _toldAt = Environment.TickCount64;
        _context.LogWarning($"{Interlocked.Exchange(ref _dropped, 0)} entries are missing in {_rule.File}: it was written too slowly, or cannot be written");
    }
}

// The last one: what others did is on the record.
[Priority(-100)]
public sealed class AccessLog : Addon<AccessLogOptions>
{
    private LogWriter[] _writers = [];
    private bool _needsTrailers;
    private bool _needsMetadata;

    public override ValueTask OnLoadAsync(AddonContext context)
    {
        var formats = Options.Logs.SelectMany(log => (IEnumerable<LogFormat>?)log.Json?.Values ?? [log.Format ?? LogFormat.EnvoyDefault]).ToList();
        _needsTrailers = formats.Any(format => format.NeedsTrailers);
        _needsMetadata = formats.Any(format => format.NeedsMetadata);
        _writers = [.. Options.Logs.Select(log => new LogWriter(log, Options.Queue, context))];
        return default;
    }

    public override ValueTask OnCompletedAsync(HttpFlow flow)
    {
        Entry? entry = null;
        foreach (var writer in _writers)
        {
            if (writer.Rule.Filter.Matches(flow)) writer.Add(entry ??= EntryOf(flow));
        }

        return default;
    }

    public override ValueTask OnTunnelEndAsync(TunnelFlow tunnel)
    {
        var record = new FlowRecord
        {
            Id = tunnel.Id, Started = tunnel.Started, Duration = tunnel.Duration ?? TimeSpan.Zero, Client = tunnel.Client.RemoteEndPoint.ToString(), Method = "CONNECT", Url = $"{tunnel.Host}:{tunnel.Port}",
            Protocol = "HTTP/1.1", StatusCode = tunnel.Error is null ? 200 : null, RequestBytes = tunnel.BytesToServer, ResponseBytes = tunnel.BytesToClient, Error = tunnel.Error,
        };
        foreach (var writer in _writers)
        {
            if (writer.Rule.Tunnels && ReferenceEquals(writer.Rule.Filter, FlowFilter.All)) writer.Add(new Entry(record, tunnel.Client, null, null, null, null, IsLocal: false));
        }

        return default;
    }

    public override async ValueTask OnUnloadAsync() => await Task.WhenAll(_writers.Select(writer => writer.EndAsync()));

    private Entry EntryOf(HttpFlow flow) => new(
        flow.ToRecord(), flow.Client, flow.Server, flow.Timings,
        _needsMetadata ? flow.Metadata.ToDictionary(pair => pair.Key, pair => pair.Value?.ToString() ?? "") : null,
        _needsTrailers && flow.Response?.Trailers is { } trailers ? trailers.GroupBy(field => field.Key, StringComparer.OrdinalIgnoreCase).ToDictionary(group => group.Key, group => string.Join(',', group.Select(field => field.Value)), StringComparer.OrdinalIgnoreCase) : null,
        flow.Response?.IsLocal == true);
}
