using System.Text;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Flows;

/// <summary>A request line (RFC 9112 §3) as slices of the head, or as text where HTTP/2 brought it.</summary>
internal readonly struct RequestLine
{
    private readonly Range _method;
    private readonly Range _target;

    /// <param name="method">The method within the start line.</param>
    /// <param name="target">Path and query within the start line.</param>
    /// <param name="isOriginForm">Whether the line can be forwarded as it is.</param>
    /// <param name="version">1.0 or 1.1.</param>
    public RequestLine(Range method, Range target, bool isOriginForm, Version version)
    {
        _method = method;
        _target = target;
        IsOriginForm = isOriginForm;
        Version = version;
    }

    public RequestLine(string method, string target, Version version)
    {
        MethodText = method;
        TargetText = target;
        Version = version;
    }

    /// <summary>The method where no bytes hold it; null otherwise.</summary>
    public string? MethodText { get; init; }

    /// <summary>The target where no bytes hold it; null otherwise.</summary>
    public string? TargetText { get; init; }

    public bool IsOriginForm { get; }

    public Version Version { get; }

    public ReadOnlySpan<byte> MethodBytes(HeaderBlock head) => MethodText is null ? head.StartLine[_method] : Encoding.Latin1.GetBytes(MethodText);

    public ReadOnlySpan<byte> TargetBytes(HeaderBlock head) => TargetText is null ? head.StartLine[_target] : Encoding.Latin1.GetBytes(TargetText);

    public bool IsHead(HeaderBlock head) => MethodText is { } text ? text == "HEAD" : MethodBytes(head).SequenceEqual("HEAD"u8);
}
