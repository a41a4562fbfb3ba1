using System.Text;

namespace ScriptProxy;

/// <summary>One field of a <see cref="Form"/>: a name with a text, or with a file. Immutable.</summary>
public sealed class FormField
{
    private string? _value;

    /// <summary>Makes a field with a text.</summary>
    public FormField(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        Name = name;
        _value = value;
        Bytes = Encoding.UTF8.GetBytes(value);
    }

    /// <summary>Makes a field with a file, or any part of multipart/form-data (RFC 7578 §4).</summary>
    /// <param name="name">The field's name.</param>
    /// <param name="bytes">The content.</param>
    /// <param name="fileName">The file's name; null for a part that is no file.</param>
    /// <param name="contentType">The content's media type; null for none.</param>
    /// <exception cref="ArgumentException">The content type holds CR, LF or NUL.</exception>
    public FormField(string name, ReadOnlyMemory<byte> bytes, string? fileName, string? contentType = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (contentType is not null) HeaderSyntax.CheckValue("Content-Type", contentType);
        Name = name;
        Bytes = bytes;
        FileName = fileName;
        ContentType = contentType;
    }

    /// <summary>The field's name; several fields of a form may have the same.</summary>
    public string Name { get; }

    /// <summary>The content as text: in the charset of <see cref="ContentType"/>, else UTF-8.</summary>
    public string Value => _value ??= TextCharset.Decode(Bytes.Span, ContentType);

    /// <summary>The content as bytes.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The file's name as the sender calls it, a path perhaps: never use it as one. Null when the field is no file.</summary>
    public string? FileName { get; }

    /// <summary>The media type of the content, parameters included; null when none is given.</summary>
    public string? ContentType { get; }

    /// <summary>Whether it is a file.</summary>
    public bool IsFile => FileName is not null;
}
