using System.Buffers;

namespace ScriptProxy;

/// <summary>What a field name and a field value may hold (RFC 9110 §5.1, §5.5, §5.6.2), for everything that is written to the wire.</summary>
internal static class HeaderSyntax
{
    private const string TokenCharacters = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly SearchValues<char> Token = SearchValues.Create(TokenCharacters);
    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\r\n\0");

    /// <summary>The bytes of a token, for parsers.</summary>
    public static readonly SearchValues<byte> TokenBytes = SearchValues.Create([.. TokenCharacters.Select(c => (byte)c)]);

    public static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(Token);

    public static string CheckName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (IsToken(name)) return name;
        throw new ArgumentException($"\"{Shown(name)}\" is not a header name: it may hold letters, digits and !#$%&'*+-.^_`|~ only (RFC 9110 §5.6.2).", nameof(name));
    }

    public static string CheckValue(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (!value.AsSpan().ContainsAny(Forbidden) && !value.AsSpan().ContainsAnyExceptInRange('\0', '\u00FF')) return value;
        throw new ArgumentException($"The value for header {name} holds CR, LF, NUL or a character above U+00FF, which a header cannot carry (RFC 9110 §5.5).", nameof(value));
    }

    private static string Shown(string text) => string.Concat(text.Take(40).Select(c => char.IsControl(c) ? '\uFFFD' : c));
}
