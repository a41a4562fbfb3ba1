// inject.csx - add HTML, or a script, to pages
//
//     scriptproxy --set inject.html='<script src="https://dev.example/panel.js"></script>' --set inject.filter='~d shop.example'

public sealed record InjectOptions
{
    [Option("What to add to HTML pages; left out: nothing.")]
    public string? Html { get; init; }

    [Option("A file with what to add, read anew for each page.", ValueName = "FILE")]
    public string? File { get; init; }

    [Option("Before which end tag: head or body.")]
    public Place Before { get; init; } = Place.Body;

    [Option("Pages that get it.")]
    public FlowFilter Filter { get; init; } = FlowFilter.All;

    [Option("Remove Content-Security-Policy, which could keep the added script from running.")]
    public bool RemoveCsp { get; init; }

    public enum Place { Head, Body }

    public IEnumerable<string> Validate()
    {
        if (Html is not null && File is not null) yield return "expected html or file, got both";
        if (File is not null && !System.IO.File.Exists(File)) yield return $"there is no file {File}";
    }
}

[Priority(10)]
public sealed class Inject : Addon<InjectOptions>
{
    public override async ValueTask OnResponseAsync(HttpFlow flow)
    {
        var response = flow.Response!;
        if ((Options.Html is null && Options.File is null) || !response.HasBody || response.ContentType is not ("text/html" or "application/xhtml+xml")) return;
        if (!await Options.Filter.MatchesAsync(flow, flow.Aborted)) return;

        if (await ReadAsync(flow, response) is not { } page) return;
        var tag = Options.Before == InjectOptions.Place.Head ? "</head>" : "</body>";
        var at = tag == "</head>" ? page.IndexOf(tag, StringComparison.OrdinalIgnoreCase) : page.LastIndexOf(tag, StringComparison.OrdinalIgnoreCase);
        var added = Options.File is { } file ? await File.ReadAllTextAsync(file, flow.Aborted) : Options.Html!;

        // A fragment, or a page that leaves the end tag out (HTML allows it), gets it at its end.
        response.SetText(page.Insert(at < 0 ? page.Length : at, added));
        flow.Tags.Add("injected");
        if (!Options.RemoveCsp) return;
        response.Headers.Remove("Content-Security-Policy");
        response.Headers.Remove("Content-Security-Policy-Report-Only");
    }

    // A page that is too long, or in a coding that cannot be read, is better seen without what was to be added than not at all.
    private static async ValueTask<string?> ReadAsync(HttpFlow flow, HttpResponse response)
    {
        try
        {
            return await response.ReadTextAsync(flow.Aborted);
        }
        catch (Exception exception) when (exception is BodyTooLargeException or InvalidDataException)
        {
            return null;
        }
    }
}
