// map-local.csx - answer from files instead of the origin
//
//     scriptproxy --set map-local.rules='|https://example.com/static|./static'

public sealed record LocalRule
{
    public FlowFilter Filter { get; init; } = FlowFilter.All;

    public required Regex Pattern { get; init; }

    // A file, or a folder: then what follows the match, or the first group, is looked for below it.
    [Option("File or folder.", ValueName = "FILE")]
    public required string Path { get; init; }

    // mitmproxy's |[filter|]url-regex|path.
    public static LocalRule Parse(string text, string folder)
    {
        var filter = FlowFilter.ParseRule(text, out var pattern, out var path);
        if (path.StartsWith("~/")) path = System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[2..]);
        return new LocalRule { Filter = filter, Pattern = new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1)), Path = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, path)) }.Checked();
    }

    public IEnumerable<string> Validate()
    {
        if (!File.Exists(Path) && !Directory.Exists(Path)) yield return $"there is no file or folder {Path}";
    }

    // The files that may answer for a URL, best first; never one outside the folder.
    public IEnumerable<string> Candidates(Match match, string url)
    {
        if (!Directory.Exists(Path)) return [Path];
        var suffix = match.Groups.Count > 1 ? match.Groups[1].Value : url[(match.Index + match.Length)..].Split('?', '#')[0];
        var name = Uri.UnescapeDataString(suffix).TrimStart('/');
        var portable = Regex.Replace(name, @"[^0-9a-zA-Z\-_.=(),/]", "_");
        string[] names = name.Length == 0 ? ["index.html"] : [name, name + "/index.html", portable, portable + "/index.html"];
        var root = System.IO.Path.GetFullPath(Path).TrimEnd(System.IO.Path.DirectorySeparatorChar) + System.IO.Path.DirectorySeparatorChar;
        return names.Where(candidate => !candidate.Contains('\0')).Select(candidate => System.IO.Path.GetFullPath(System.IO.Path.Combine(root, candidate))).Where(candidate => candidate.StartsWith(root));
    }

    public override string ToString() => $"|{Filter}|{Pattern}|{Path}";

    private LocalRule Checked() => Validate().FirstOrDefault() is { } problem ? throw new FormatException(problem + ".") : this;
}

public sealed record MapLocalOptions
{
    [Option("What to answer from which file or folder: |[filter|]url-regex|path. The first rule that finds a file answers; where none does, 404.")]
    public LocalRule[] Rules { get; init; } = [];
}

[Priority(58)]
public sealed class MapLocal : Addon<MapLocalOptions>
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "text/html; charset=utf-8", [".htm"] = "text/html; charset=utf-8", [".css"] = "text/css; charset=utf-8", [".txt"] = "text/plain; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8", [".mjs"] = "text/javascript; charset=utf-8", [".json"] = "application/json", [".map"] = "application/json", [".xml"] = "application/xml",
        [".svg"] = "image/svg+xml", [".png"] = "image/png", [".jpg"] = "image/jpeg", [".jpeg"] = "image/jpeg", [".gif"] = "image/gif", [".webp"] = "image/webp", [".avif"] = "image/avif",
        [".ico"] = "image/x-icon", [".woff"] = "font/woff", [".woff2"] = "font/woff2", [".ttf"] = "font/ttf", [".wasm"] = "application/wasm", [".pdf"] = "application/pdf",
        [".zip"] = "application/zip", [".gz"] = "application/gzip", [".mp4"] = "video/mp4", [".webm"] = "video/webm", [".mp3"] = "audio/mpeg", [".csv"] = "text/csv; charset=utf-8",
    };

    public override async ValueTask OnRequestAsync(HttpFlow flow)
    {
        if (flow.Response is not null) return;
        var url = flow.Request.Url;
        var isMeant = false;
        foreach (var rule in Options.Rules)
        {
            if (rule.Pattern.Match(url) is not { Success: true } match || !await rule.Filter.MatchesAsync(flow, flow.Aborted)) continue;
            isMeant = true;
            if (rule.Candidates(match, url).FirstOrDefault(File.Exists) is not { } file) continue;
            flow.Respond(200, await File.ReadAllBytesAsync(file, flow.Aborted), [new("Content-Type", Types.GetValueOrDefault(Path.GetExtension(file), "application/octet-stream"))]);
            flow.Tags.Add("local");
            return;
        }

        if (!isMeant) return;
        flow.Respond(404, "There is no local file for this URL.\n");
        flow.Tags.Add("local");
    }
}
