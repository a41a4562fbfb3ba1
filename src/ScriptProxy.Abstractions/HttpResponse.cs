namespace ScriptProxy;

/// <summary>The response of a flow, from the origin or made by an addon. Changes reach the client.</summary>
public abstract class HttpResponse : HttpMessage
{
    internal HttpResponse()
    {
    }

    /// <summary>The status code, 200 to 599 when set by an addon (RFC 9110 §15).</summary>
    /// <exception cref="ArgumentOutOfRangeException">On writing: outside 200 to 599.</exception>
    public abstract int StatusCode { get; set; }

    /// <summary>The reason phrase as on the wire; empty in HTTP/2.</summary>
    /// <exception cref="ArgumentException">On writing: holds control characters.</exception>
    public abstract string ReasonPhrase { get; set; }

    /// <summary>Whether an addon or the proxy made this response rather than the origin.</summary>
    public abstract bool IsLocal { get; }
}
