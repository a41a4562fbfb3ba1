using System.Globalization;
using System.IO.Pipelines;
using System.Text;

namespace ScriptProxy.Streaming;

/// <summary>Writes events, each of which goes on at once. Thread-safe: events of an addon and what passes by them may meet.</summary>
internal sealed class ServerSentEventWriter(PipeWriter output, CancellationToken cancellationToken) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    public Task WriteAsync(ServerSentEvent passed)
    {
        if (passed.Source is not { } source || !passed.Equals(source.Original)) return WriteAsync(Encoding.UTF8.GetBytes(Text(passed)));
        source.WentAsItCame = true;
        return WriteAsync(source.Bytes);
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await output.WriteAsync(bytes, cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private static string Text(ServerSentEvent passed)
    {
        var lineBreak = passed.Source?.LineBreak ?? "\n";
        var text = new StringBuilder();
        if (passed.Comment is { } comment) AppendLines(text, ":", comment, lineBreak);
        if (passed.Event is { } type) text.Append("event: ").Append(type).Append(lineBreak);
        if (passed.Id is { } id) text.Append("id: ").Append(id).Append(lineBreak);
        if (passed.Retry is { } retry) text.Append("retry: ").Append(((long)retry.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)).Append(lineBreak);
        AppendLines(text, "data:", passed.Data, lineBreak);

        // What a client would not have taken for an event does not become one.
        if (passed.Source is not { IsComplete: false }) text.Append(lineBreak);
        return text.ToString();
    }

    private static void AppendLines(StringBuilder text, string field, string lines, string lineBreak)
    {
        foreach (var line in lines.ReplaceLineEndings("\n").Split('\n'))
        {
            text.Append(field);
            if (line.Length > 0) text.Append(' ').Append(line);
            text.Append(lineBreak);
        }
    }
}
