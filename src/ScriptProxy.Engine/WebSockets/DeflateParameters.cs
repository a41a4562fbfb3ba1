namespace ScriptProxy.Engine.WebSockets;

/// <summary>What client and server agreed on for compression (permessage-deflate, RFC 7692 §7.1). What is not said holds its default.</summary>
internal sealed record DeflateParameters
{
    /// <summary>The extension's name.</summary>
    public const string Name = "permessage-deflate";

    /// <summary>The largest window, which is what our compressor uses.</summary>
    public const int MaxWindowBits = 15;

    public bool ServerNoContextTakeover { get; private init; }

    public bool ClientNoContextTakeover { get; private init; }

    public int ServerMaxWindowBits { get; private init; } = MaxWindowBits;

    public int ClientMaxWindowBits { get; private init; } = MaxWindowBits;

    /// <summary>Reads the Sec-WebSocket-Extensions field of an answer.</summary>
    /// <param name="field">Its value, lines joined; null when there is none.</param>
    /// <param name="parameters">What was agreed on; null for no extension at all.</param>
    /// <returns>False when there is an extension that was not offered, or a parameter that is not one.</returns>
    public static bool TryRead(string? field, out DeflateParameters? parameters)
    {
        parameters = null;
        if (string.IsNullOrWhiteSpace(field)) return true;
        var parts = field.Split(';', StringSplitOptions.TrimEntries);
        if (!parts[0].Equals(Name, StringComparison.OrdinalIgnoreCase)) return false;

        var read = new DeflateParameters();
        foreach (var part in parts.AsSpan(1))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = (equals < 0 ? part : part[..equals]).Trim().ToLowerInvariant();
            var value = equals < 0 ? null : part[(equals + 1)..].Trim().Trim('"');
            var bits = 0;
            if (value is not null && (!int.TryParse(value, out bits) || bits is < 8 or > MaxWindowBits)) return false;
            switch (name)
            {
                case "server_no_context_takeover" when value is null:
                    read = read with { ServerNoContextTakeover = true };
                    break;
                case "client_no_context_takeover" when value is null:
                    read = read with { ClientNoContextTakeover = true };
                    break;
                case "server_max_window_bits" when value is not null:
                    read = read with { ServerMaxWindowBits = bits };
                    break;
                case "client_max_window_bits" when value is not null:
                    read = read with { ClientMaxWindowBits = bits };
                    break;
                default:
                    return false;
            }
        }

        parameters = read;
        return true;
    }

    /// <summary>What of a client's offers can be read here.</summary>
    /// <param name="field">The value of the request's Sec-WebSocket-Extensions field, lines joined.</param>
    /// <returns>The value to send on; the same object when all can be read, null when none can.</returns>
    public static string? Filter(string field)
    {
        var offers = field.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        var readable = Array.FindAll(offers, static offer => offer.Split(';')[0].Trim().Equals(Name, StringComparison.OrdinalIgnoreCase));
        if (readable.Length == offers.Length) return field;
        return readable.Length == 0 ? null : string.Join(", ", readable);
    }
}
