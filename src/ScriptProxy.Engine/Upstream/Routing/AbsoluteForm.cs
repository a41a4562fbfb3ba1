namespace ScriptProxy.Engine.Upstream.Routing;

/// <summary>How requests are written to a proxy that is handed whole URLs (RFC 9112 §3.2.2).</summary>
/// <param name="Origin">What precedes the path in the target, such as <c>http://origin.test:8080</c>.</param>
/// <param name="Lines">Field lines for that proxy alone, each with its line break; never recorded. Empty for none.</param>
/// <param name="Proxy">Which proxy, for errors; without credentials.</param>
internal sealed record AbsoluteForm(ReadOnlyMemory<byte> Origin, ReadOnlyMemory<byte> Lines, string Proxy)
{
    /// <summary>Whether the proxy is sent credentials.</summary>
    public bool HasCredentials => !Lines.IsEmpty;
}
