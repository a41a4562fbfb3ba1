using System.Buffers;
using System.Globalization;
using System.Text;

namespace ScriptProxy.Forms;

/// <summary>application/x-www-form-urlencoded (WHATWG URL §5).</summary>
internal static class UrlEncodedForm
{
    public const string MediaType = "application/x-www-form-urlencoded";

    private static readonly SearchValues<byte> Plain = SearchValues.Create("*-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"u8);

    /// <exception cref="InvalidDataException">There are more fields than allowed.</exception>
    public static Form Read(ReadOnlySpan<byte> body, Encoding encoding, int maxFields)
    {
        var form = new Form();
        foreach (var range in body.Split((byte)'&'))
        {
            var field = body[range];
            if (field.IsEmpty) continue;
            if (form.Count == maxFields) throw new InvalidDataException($"The form has more than {maxFields} fields.");
            var equals = field.IndexOf((byte)'=');
            var name = equals < 0 ? field : field[..equals];
            form.Add(Decode(name, encoding), equals < 0 ? "" : Decode(field[(equals + 1)..], encoding));
        }

        return form;
    }

    public static byte[] Write(Form form)
    {
        var text = new StringBuilder();
        foreach (var field in form)
        {
            if (text.Length > 0) text.Append('&');
            Encode(Encoding.UTF8.GetBytes(field.Name), text);
            text.Append('=');
            Encode(field.Bytes.Span, text);
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }

    private static string Decode(ReadOnlySpan<byte> coded, Encoding encoding)
    {
        var bytes = new byte[coded.Length];
        var length = 0;
        for (var i = 0; i < coded.Length; i++)
        {
            var isEscape = coded[i] == '%' && i + 2 < coded.Length && char.IsAsciiHexDigit((char)coded[i + 1]) && char.IsAsciiHexDigit((char)coded[i + 2]);
            if (isEscape)
            {
                bytes[length++] = byte.Parse(coded.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                i += 2;
            }
            else
            {
                bytes[length++] = coded[i] == '+' ? (byte)' ' : coded[i];
            }
        }

        return encoding.GetString(bytes, 0, length);
    }

    private static void Encode(ReadOnlySpan<byte> bytes, StringBuilder text)
    {
        foreach (var value in bytes)
        {
            if (value == ' ') text.Append('+');
            else if (Plain.Contains(value)) text.Append((char)value);
            else text.Append('%').Append(value.ToString("X2", CultureInfo.InvariantCulture));
        }
    }
}
