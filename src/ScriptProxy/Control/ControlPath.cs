using System.Globalization;
using System.Text.RegularExpressions;

namespace ScriptProxy.Cli.Control;

/// <summary>Where running proxies can be asked: a Unix-domain socket for each, in the folder of the root certificate, named by the port it listens on.</summary>
internal static partial class ControlPath
{
    /// <summary>The socket of the proxy that listens on a port.</summary>
    public static string Of(string folder, int port) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"control-{port}.sock"));

    /// <summary>The ports of all sockets in a folder, in order, whether or not somebody answers; empty when there is no such folder.</summary>
    public static IReadOnlyList<int> Ports(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, "control-*.sock").Select(PortOf).OfType<int>().Order()];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static int? PortOf(string path) =>
        Form().Match(Path.GetFileName(path)) is { Success: true } match && ushort.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : null;

    [GeneratedRegex(@"\Acontrol-(\d{1,5})\.sock\z")]
    private static partial Regex Form();
}
