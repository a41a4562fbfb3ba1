namespace ScriptProxy.Engine.Recording;

/// <summary>
/// One character of a URL, percent-encoding undone however often it was done: = is depth 0, %3D depth 1, %253D depth 2. The depth tells
/// the delimiters of a URL from those of another URL that it carries as a parameter.
/// </summary>
/// <param name="Value">The decoded character; bytes above 0x7F as Latin-1.</param>
/// <param name="Length">How many characters of the URL it takes.</param>
/// <param name="Depth">How often it was encoded.</param>
internal readonly record struct UrlCharacter(char Value, int Length, int Depth)
{
    public static UrlCharacter Read(ReadOnlySpan<char> url, int index)
    {
        var first = url[index];
        if (first != '%') return new(first, 1, 0);

        var end = index + 1;
        var depth = 1;
        while (end + 3 < url.Length && url[end] == '2' && url[end + 1] == '5' && char.IsAsciiHexDigit(url[end + 2]) && char.IsAsciiHexDigit(url[end + 3]))
        {
            end += 2;
            depth++;
        }

        if (end + 1 >= url.Length || !char.IsAsciiHexDigit(url[end]) || !char.IsAsciiHexDigit(url[end + 1])) return new('%', 1, 0);
        return new((char)((Digit(url[end]) << 4) | Digit(url[end + 1])), end + 2 - index, depth);
    }

    private static int Digit(char hex) => hex <= '9' ? hex - '0' : (hex | 0x20) - 'a' + 10;
}
