using System.Text;

namespace ScriptProxy.Engine.Authentication;

/// <summary>Who a client says it is, and the proof. Never printed.</summary>
/// <param name="user">Not empty.</param>
/// <param name="password">As it came.</param>
internal sealed class ProxyCredentials(string user, byte[] password)
{
    public string User => user;

    public byte[] Password => password;

    /// <summary>Reads "Basic dXNlcjpwYXNz" (RFC 7617 §2).</summary>
    /// <returns>Null when it is something else.</returns>
    public static ProxyCredentials? FromBasic(ReadOnlySpan<byte> header)
    {
        if (header.Length < 7 || !Ascii.EqualsIgnoreCase(header[..6], "Basic "u8)) return null;
        var encoded = header[6..].Trim((byte)' ');
        var bytes = new byte[encoded.Length];
        if (System.Buffers.Text.Base64.DecodeFromUtf8(encoded, bytes, out _, out var count) != System.Buffers.OperationStatus.Done) return null;
        var colon = bytes.AsSpan(0, count).IndexOf((byte)':');
        return colon <= 0 ? null : Of(bytes.AsSpan(0, colon), bytes.AsSpan(colon + 1, count - colon - 1));
    }

    /// <summary>Takes them apart already (RFC 1929 §2).</summary>
    /// <returns>Null when the name cannot be one.</returns>
    public static ProxyCredentials? Of(ReadOnlySpan<byte> user, ReadOnlySpan<byte> password) =>
        user.IsEmpty || user.ContainsAnyInRange((byte)0, (byte)31) ? null : new ProxyCredentials(Encoding.UTF8.GetString(user), password.ToArray());

    public override string ToString() => "***";
}
