// save-bodies.csx - keep a copy of every download in a folder, while it passes
//
//     scriptproxy -s examples/scripts/save-bodies.csx --set save-bodies.folder=downloads

record Options
{
    [Option("Where the copies go. Nothing is kept without it.", ValueName = "DIR")]
    public string? Folder { get; init; }

    [Option("Media types that are kept.")]
    public Regex Types { get; init; } = new("^(image|video|audio|application)/");
}

Options options = new();

void OnResponse(HttpFlow flow)
{
    var response = flow.Response!;
    if (options.Folder is null || response.ContentType is not { } type || !options.Types.IsMatch(type) || !response.HasBody) return;

    // Never a name that an origin gave: it could lead anywhere.
    Directory.CreateDirectory(options.Folder);
    var path = Path.Combine(options.Folder, $"{flow.Timings.Started:yyyyMMdd-HHmmss}-{flow.Id}.bin");

    response.Transform(async (input, output, cancellationToken) =>
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            foreach (var piece in read.Buffer)
            {
                await File.AppendAllBytesAsync(path, piece, cancellationToken);
                await output.WriteAsync(piece, cancellationToken);
            }

            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return;
        }
    });
}
