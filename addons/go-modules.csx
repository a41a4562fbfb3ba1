// go-modules.csx - a cache of Go modules: the GOPROXY protocol on disk, in the layout of GOMODCACHE
//
//     scriptproxy --set go-modules.directory=/var/cache/go-modules

using System.Collections.Concurrent;
using System.IO.Compression;
using System.IO.Pipelines;

public sealed record GoModulesOptions
{
    [Option("Folder of the cache; it may be a GOMODCACHE. Left out: no cache.", ValueName = "DIR")]
    public string? Directory { get; init; }

    [Option("Hosts whose traffic is the GOPROXY protocol.")]
    public HashSet<string> Hosts { get; init; } = ["proxy.golang.org"];

    [Option("Where modules come from; left out: the host that was asked.")]
    public Uri? Upstream { get; init; }

    [Option("How long a list of versions or a latest version is believed, in seconds.", Min = 0)]
    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(60);

    [Option("Answer from the cache alone; nothing is asked of the upstream.")]
    public bool Offline { get; init; }

    [Option("Modules that nobody gets: 403. Globs of module paths, such as example.com/evil/*.")]
    public string[] Deny { get; init; } = [];

    [Option("Modules of one's own: never asked of the upstream, nor of its checksum database, 404.")]
    public string[] Private { get; init; } = [];

    [Option("A go.sum file whose modules are fetched at the start.", ValueName = "FILE")]
    public string? Prewarm { get; init; }

    public IEnumerable<string> Validate()
    {
        if (Upstream is not null && Upstream.Scheme is not ("http" or "https")) yield return "upstream: expected an http or https URL";
        if (Prewarm is not null && !File.Exists(Prewarm)) yield return $"prewarm: there is no file {Prewarm}";
        if (Prewarm is not null && (Upstream is null || Directory is null)) yield return "prewarm: expected upstream and directory too";
    }
}

// One file of the protocol: what a path asks for.
public sealed record GoFile(string Module, string Name, bool IsImmutable, bool IsSumDb)
{
    private static readonly Regex OfModule = new("^/(?<module>[a-z0-9!._~-]+(?:/[a-z0-9!._~-]+)*)/(?:@v/(?<name>list|(?<version>v[a-z0-9!.+-]+)[.](?:info|mod|zip)|[a-z0-9!._+~-]+[.]info)|(?<name>@latest))$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    private static readonly Regex OfSumDb = new("^/sumdb/[a-z0-9.-]+/(?:supported|latest|lookup/(?<module>[a-z0-9!._~/-]+)@[a-z0-9!.+-]+|tile/[0-9x/.p]+|tile/[0-9]+/data/[0-9x/.p]+)$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
    private static readonly Regex Canonical = new("^v[0-9]+[.][0-9]+[.][0-9]+(?:-[0-9a-z!.-]+)?(?:[+]incompatible)?$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    // The go command writes "!" as %21.
    public static GoFile? Of(string path)
    {
        var plain = Uri.UnescapeDataString(path);
        if (plain.Contains("..") || plain.Contains("//") || plain.Contains("/./")) return null;
        if (plain.StartsWith("/sumdb/"))
        {
            if (OfSumDb.Match(plain) is not { Success: true } sum) return null;
            return new GoFile(Decode(sum.Groups["module"].Value), plain[1..], plain.Contains("/lookup/") || plain.Contains("/tile/"), IsSumDb: true);
        }

        if (OfModule.Match(plain) is not { Success: true } match) return null;
        var version = match.Groups["version"].Value;
        return new GoFile(Decode(match.Groups["module"].Value), plain[1..], version.Length > 0 && Canonical.IsMatch(version), IsSumDb: false);
    }

    public string ContentType => Name.EndsWith(".zip") ? "application/zip" : Name.EndsWith(".info") || Name.EndsWith("@latest") ? "application/json" : "text/plain; charset=utf-8";

    // Whether what came is what it should be: an upstream that is broken must not poison the cache for ever.
    public bool IsSound(string file)
    {
        try
        {
            if (Name.EndsWith(".info") || Name.EndsWith("@latest")) return JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.GetProperty("Version").GetString() is ['v', ..];
            if (Name.EndsWith(".mod") && !IsSumDb) return File.ReadLines(file).Any(line => line.TrimStart().StartsWith("module"));
            if (!Name.EndsWith(".zip")) return true;
            using var zip = ZipFile.OpenRead(file);
            var prefix = $"{Module}@{Decode(Path.GetFileNameWithoutExtension(Name))}/";
            return zip.Entries.Count > 0 && zip.Entries.All(entry => entry.FullName.StartsWith(prefix));
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return false;
        }
    }

    private static string Decode(string text) => Regex.Replace(text, "!([a-z])", match => match.Groups[1].Value.ToUpperInvariant());
}

// A request that fetches a file while others wait for it.
public sealed record Fetch(GoFile File, string Path, TaskCompletionSource Done);

// A file while it is written, in a folder of its own: a proxy that is killed meanwhile leaves nothing where files are served from.
public sealed class IncompleteFile(string folder, Action<string> tell) : IDisposable
{
    // Longer than a transfer may take: nobody writes it any more.
    private static readonly TimeSpan Abandoned = TimeSpan.FromHours(1);

    private readonly string _path = Path.Combine(folder, $"{Guid.NewGuid():N}.tmp");
    private FileStream? _stream;
    private bool _isGivenUp;

    public static void RemoveLeftovers(string folder)
    {
        if (!Directory.Exists(folder)) return;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*.tmp"))
        {
            if (DateTime.UtcNow - file.LastWriteTimeUtc > Abandoned) file.Delete();
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        if (_isGivenUp) return;
        try
        {
            if (_stream is null) Directory.CreateDirectory(folder);
            _stream ??= new FileStream(_path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, useAsync: true);
            await _stream.WriteAsync(bytes, cancellation);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            GiveUp(exception.Message);
        }
    }

    /// <summary>Moves what was written to its place, when it is sound and safely on disk; whether it is there.</summary>
    public bool Complete(string path, GoFile file)
    {
        if (_isGivenUp || _stream is null) return false;
        try
        {
            _stream.Flush(flushToDisk: true);
            _stream.Dispose();
            if (!file.IsSound(_path)) GiveUp("it is damaged");
            if (_isGivenUp) return false;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.Move(_path, path, overwrite: true);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            GiveUp(exception.Message);
            return false;
        }
    }

    public void Dispose()
    {
        _stream?.Dispose();
        File.Delete(_path);
    }

    private void GiveUp(string problem)
    {
        _isGivenUp = true;
        _stream?.Dispose();
        File.Delete(_path);
        tell(problem);
    }
}

[Priority(57)]
[HookTimeout(600)]
public sealed class GoModules : Addon<GoModulesOptions>, IDisposable
{
    private const string MetadataKey = "go-modules.fetch";
    private const long LargestInMemory = 1024 * 1024;

    private readonly ConcurrentDictionary<string, Fetch> _fetches = new();
    private readonly HttpClient _client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromMinutes(5) };
    private Regex? _denied;
    private Regex? _private;
    private string _root = "";
    private string _incomplete = "";
    private AddonContext? _context;

    public override ValueTask OnLoadAsync(AddonContext context)
    {
        _context = context;
        (_denied, _private) = (Globs(Options.Deny), Globs(Options.Private));
        if (Options.Directory is not { } directory) return default;
        _root = Path.Combine(Path.GetFullPath(directory), "cache", "download");
        _incomplete = Path.Combine(Path.GetFullPath(directory), "cache", "incomplete");
        Directory.CreateDirectory(_root);
        IncompleteFile.RemoveLeftovers(_incomplete);
        if (Options.Prewarm is { } goSum) _ = Task.Run(() => PrewarmAsync(goSum));
        return default;
    }

    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        var request = flow.Request;
        if (_root.Length == 0 || flow.Response is not null || !Options.Hosts.Contains(request.Host)) return;
        if (request.Method is not ("GET" or "HEAD") || GoFile.Of(request.Path) is not { } file)
        {
            MoveUpstream(request);
            return;
        }

        if (file.Module.Length > 0 && _denied?.IsMatch(file.Module) == true) flow.Block($"{file.Module} is denied by the proxy.");
        else if (file.Module.Length > 0 && _private?.IsMatch(file.Module) == true) flow.Respond(404, $"not found: {file.Module} is private\n");
        else await AnswerAsync(flow, file);
    }

    public override ValueTask OnResponseAsync(HttpFlow flow)
    {
        if (!flow.Metadata.TryGetValue(MetadataKey, out var found) || found is not Fetch fetch) return default;
        var response = flow.Response!;
        if (response.StatusCode >= 500 && !response.IsLocal && !fetch.File.IsImmutable && File.Exists(fetch.Path)) RespondWith(flow, fetch.File, fetch.Path, "STALE");
        else if (response.StatusCode == 200 && !response.IsLocal && response.HasBody && !response.Headers.Contains("Content-Encoding"))
        {
            var length = response.ContentLength;
            response.Headers["X-Cache"] = "MISS";
            response.Transform((input, output, cancellation) => KeepAsync(input, output, fetch, length, cancellation));
        }

        return default;
    }

    // The upstream is down: what was true a while ago is better than nothing.
    public override ValueTask OnErrorAsync(HttpFlow flow)
    {
        if (flow.Metadata.TryGetValue(MetadataKey, out var found) && found is Fetch fetch && File.Exists(fetch.Path)) RespondWith(flow, fetch.File, fetch.Path, "STALE");
        return default;
    }

    public override ValueTask OnCompletedAsync(HttpFlow flow)
    {
        if (flow.Metadata.TryGetValue(MetadataKey, out var found) && found is Fetch fetch) End(fetch);
        return default;
    }

    public void Dispose() => _client.Dispose();

    private async ValueTask AnswerAsync(HttpFlow flow, GoFile file)
    {
        var path = Path.Combine(_root, file.Name);
        var mayExpire = !file.IsImmutable;
        while (true)
        {
            if (File.Exists(path) && (!mayExpire || Options.Offline || DateTime.UtcNow - File.GetLastWriteTimeUtc(path) < Options.Ttl))
            {
                RespondWith(flow, file, path, "HIT");
                return;
            }

            if (Options.Offline)
            {
                AnswerOffline(flow, file, path);
                return;
            }

            if (flow.Request.Method == "HEAD")
            {
                MoveUpstream(flow.Request);
                return;
            }

            // One of those who ask at the same time fetches; the others wait, and look again.
            var own = new Fetch(file, path, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            var first = _fetches.GetOrAdd(path, own);
            if (ReferenceEquals(first, own))
            {
                flow.Metadata[MetadataKey] = own;
                MoveUpstream(flow.Request);
                return;
            }

            await first.Done.Task.WaitAsync(flow.Aborted);

            // It failed, or is not to be kept: each for himself.
            if (File.Exists(path)) continue;
            MoveUpstream(flow.Request);
            return;
        }
    }

    private void AnswerOffline(HttpFlow flow, GoFile file, string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (Path.GetFileName(path) == "@latest") folder = Path.Combine(folder, "@v");
        if (Path.GetFileName(path) is not ("list" or "@latest") || !Directory.Exists(folder))
        {
            flow.Respond(404, "not found: the proxy is offline and has not cached it\n");
            return;
        }

        var versions = Directory.GetFiles(folder, "v*.info").Select(info => Path.GetFileNameWithoutExtension(info)).Order(Comparer<string>.Create(Compare)).ToList();
        if (Path.GetFileName(path) == "list")
        {
            // Of pseudo-versions the list is silent.
            flow.Respond(200, string.Concat(versions.Where(version => !Regex.IsMatch(version, @"[0-9]{14}-[0-9a-f]{12}$")).Select(version => version + "\n")));
            flow.Response!.Headers["X-Cache"] = "OFFLINE";
        }
        else if ((versions.LastOrDefault(version => !version.Contains('-')) ?? versions.LastOrDefault()) is { } latest) RespondWith(flow, file, Path.Combine(folder, latest + ".info"), "OFFLINE");
        else flow.Respond(404, "not found: the proxy is offline and has not cached it\n");
    }

    // Semantic versions: numbers as numbers, a pre-release before its release.
    private static int Compare(string left, string right)
    {
        var (a, b) = (Split(left), Split(right));
        var core = a.Core.CompareTo(b.Core);
        if (core != 0 || a.Pre == b.Pre) return core;
        if (a.Pre.Length == 0 || b.Pre.Length == 0) return a.Pre.Length == 0 ? 1 : -1;
        return string.CompareOrdinal(a.Pre, b.Pre);

        static (Version Core, string Pre) Split(string version)
        {
            var parts = version[1..].Split('+')[0].Split('-', 2);
            return (Version.TryParse(parts[0], out var core) ? core : new Version(0, 0), parts.Length == 2 ? parts[1] : "");
        }
    }

    private void RespondWith(HttpFlow flow, GoFile file, string path, string how)
    {
        var info = new FileInfo(path);
        var age = Math.Max(0, (long)(DateTime.UtcNow - info.LastWriteTimeUtc).TotalSeconds);
        List<KeyValuePair<string, string>> headers = [new("Content-Type", file.ContentType), new("X-Cache", how), new("Age", $"{age}")];
        flow.Tags.Add(how == "HIT" ? "cached" : how.ToLowerInvariant());
        if (info.Length <= LargestInMemory || flow.Request.Method == "HEAD")
        {
            flow.Respond(200, File.ReadAllBytes(path), headers);
            return;
        }

        // Opened now: whatever happens to the cache meanwhile, this file is sent whole.
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
        flow.Respond(200, "x"u8.ToArray(), headers);
        flow.Response!.Transform(async (input, output, cancellation) =>
        {
            await using (stream) await stream.CopyToAsync(output, cancellation);
            await input.CompleteAsync();
        });
    }

    /// <summary>Passes a body on and writes it down; the file is there when all of it came and is sound, or not at all. A disk that is full keeps nothing and stops nobody.</summary>
    private async Task KeepAsync(PipeReader input, PipeWriter output, Fetch fetch, long? length, CancellationToken cancellation)
    {
        var written = 0L;
        using var incomplete = new IncompleteFile(_incomplete, problem => _context!.LogWarning($"{fetch.File.Name} is not kept: {problem}"));
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(cancellation);
                foreach (var segment in read.Buffer)
                {
                    await incomplete.WriteAsync(segment, cancellation);
                    output.Write(segment.Span);
                    written += segment.Length;
                }

                input.AdvanceTo(read.Buffer.End);
                await output.FlushAsync(cancellation);
                if (read.IsCompleted) break;
            }

            if (length is null || length == written) incomplete.Complete(fetch.Path, fetch.File);
        }
        finally
        {
            End(fetch);
        }
    }

    private void End(Fetch fetch)
    {
        _fetches.TryRemove(new(fetch.Path, fetch));
        fetch.Done.TrySetResult();
    }

    private void MoveUpstream(HttpRequest request)
    {
        // What is kept is the file itself, not a coding of it.
        request.Headers["Accept-Encoding"] = "identity";
        if (Options.Upstream is { } upstream) request.Url = upstream.AbsoluteUri.TrimEnd('/') + request.Target;
    }

    private async Task PrewarmAsync(string goSum)
    {
        var names = File.ReadLines(goSum).Select(line => line.Split(' ')).Where(words => words.Length == 3)
            .SelectMany(words => words[1].EndsWith("/go.mod") ? [(words[0], words[1][..^7], ".mod")] : (IEnumerable<(string, string, string)>)[(words[0], words[1], ".info"), (words[0], words[1], ".zip")])
            .Select(one => $"/{Encode(one.Item1)}/@v/{Encode(one.Item2)}{one.Item3}").Distinct().Select(GoFile.Of).OfType<GoFile>().ToList();
        var fetched = 0;
        try
        {
            await Parallel.ForEachAsync(names, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = _context!.Stopping }, async (file, cancellation) =>
            {
                if (_denied?.IsMatch(file.Module) == true || _private?.IsMatch(file.Module) == true) return;
                if (await TryFetchAsync(file, cancellation)) Interlocked.Increment(ref fetched);
            });
            _context.Log($"{fetched} of {names.Count} files of {Path.GetFileName(goSum)} were fetched or there already");
        }
        catch (OperationCanceledException)
        {
            // Unloaded meanwhile.
        }
    }

    private async Task<bool> TryFetchAsync(GoFile file, CancellationToken cancellation)
    {
        var path = Path.Combine(_root, file.Name);
        if (File.Exists(path)) return true;
        using var incomplete = new IncompleteFile(_incomplete, problem => _context!.LogWarning($"{file.Name} is not kept: {problem}"));
        try
        {
            using var response = await _client.GetAsync($"{Options.Upstream!.AbsoluteUri.TrimEnd('/')}/{file.Name.Replace("!", "%21")}", HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!response.IsSuccessStatusCode) return false;
            await using var body = await response.Content.ReadAsStreamAsync(cancellation);
            var buffer = new byte[64 * 1024];
            for (int count; (count = await body.ReadAsync(buffer, cancellation)) > 0;) await incomplete.WriteAsync(buffer.AsMemory(0, count), cancellation);
            return incomplete.Complete(path, file);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return false;
        }
    }

    private static string Encode(string text) => Regex.Replace(text, "[A-Z]", match => "!" + match.Value.ToLowerInvariant());

    private static Regex? Globs(string[] patterns) => patterns.Length == 0 ? null : new Regex(
        "^(?:" + string.Join('|', patterns.Select(pattern => Regex.Escape(pattern).Replace("\\*", ".*"))) + ")$", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
