using System.Globalization;
using System.Text;
using ScriptProxy.EndToEnd.Tests.Support;

namespace ScriptProxy.EndToEnd.Tests.Addons.Support;

/// <summary>What curl got.</summary>
/// <param name="ExitCode">Of curl: 0 when there was a whole answer.</param>
/// <param name="Status">Of the last head, or of the refusal of a CONNECT; 0 when there was none.</param>
/// <param name="Headers">Of the last head, in order.</param>
/// <param name="Body">As it came.</param>
internal sealed record CurlAnswer(int ExitCode, int Status, IReadOnlyList<KeyValuePair<string, string>> Headers, byte[] Body)
{
    private const int CouldNotConnect = 7;
    private const int TimedOut = 28;

    /// <summary>The body as UTF-8.</summary>
    public string Text => Encoding.UTF8.GetString(Body);

    /// <summary>Whether curl was let in, and heard nothing: the connection, or the stream of HTTP/2, was closed. Which of its codes it says so with differs by version.</summary>
    public bool IsHungUp => Status == 0 && ExitCode is not (0 or CouldNotConnect or TimedOut);

    /// <summary>The values of a field, parted by ", "; null when there is none.</summary>
    public string? this[string name]
    {
        get
        {
            var values = Headers.Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(header => header.Value).ToList();
            return values.Count == 0 ? null : string.Join(", ", values);
        }
    }

    /// <summary>Reads the files that curl wrote; a file that it did not write is empty. It printed the status of CONNECT, 000 for none.</summary>
    public static CurlAnswer Of(ProgramRun run, string head, string body)
    {
        var heads = File.Exists(head) ? File.ReadAllText(head).Split("\r\n\r\n", StringSplitOptions.RemoveEmptyEntries) : [];
        var lines = heads.Length == 0 ? [] : heads[^1].Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var refused = run.Output is "000" or "200" or "" ? 0 : int.Parse(run.Output, CultureInfo.InvariantCulture);
        var status = lines.Length == 0 ? refused : int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        var headers = lines.Skip(1).Select(line => line.Split(':', 2)).Select(pair => KeyValuePair.Create(pair[0], pair[1].Trim())).ToList();
        return new CurlAnswer(run.ExitCode, status, headers, File.Exists(body) ? File.ReadAllBytes(body) : []);
    }
}
