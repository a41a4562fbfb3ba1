using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ScriptProxy.Cli.Auditing;

/// <summary>
/// Checks audit logs of the policy addon: each line holds the hash of the line before and its own, over all that stands before it. Lines are
/// given in order; not thread-safe.
/// </summary>
/// <param name="key">The key of the hashes; null for none.</param>
internal sealed class AuditChain(byte[]? key)
{
    private static ReadOnlySpan<byte> HashField => ",\"hash\":\""u8;

    /// <summary>How many lines were checked.</summary>
    public long Count { get; private set; }

    /// <summary>The number of the last line; 0 before the first.</summary>
    public long LastNumber { get; private set; }

    /// <summary>The hash of the last line; null before the first.</summary>
    public string? LastHash { get; private set; }

    /// <summary>Checks one line, without its line break.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    public string? Check(ReadOnlySpan<byte> line)
    {
        var at = line.LastIndexOf(HashField);
        if (at < 0 || !line.EndsWith("\"}"u8)) return "no line of an audit log";
        var hash = Encoding.ASCII.GetString(line[(at + HashField.Length)..^2]);
        var content = line[..at];
        if (hash != Convert.ToHexStringLower(key is null ? SHA256.HashData(content) : HMACSHA256.HashData(key, content)))
            return key is null ? "the line was changed, or was written with a key (--key-file)" : "the line was changed, or was written with another key";
        if (Read(line) is not var (number, previous)) return "no line of an audit log";
        if (LastHash is not null && (number != LastNumber + 1 || previous != LastHash))
            return number > LastNumber + 1 ? $"{number - LastNumber - 1} lines before this one are missing" : "the line does not follow the one before";
        (LastNumber, LastHash) = (number, hash);
        Count++;
        return null;
    }

    private static (long Number, string? Previous)? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            using var document = JsonDocument.Parse(line.ToArray());
            var root = document.RootElement;
            return (root.GetProperty("number").GetInt64(), root.GetProperty("previous").GetString());
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Whoever wrote it had the key, and was not the policy addon.
            return null;
        }
    }
}
