namespace ScriptProxy.Engine.Http1;

/// <summary>A CONNECT request (RFC 9110 §9.3.6), not answered yet; the connection stands at the first byte after its head.</summary>
/// <param name="Head">Its head.</param>
/// <param name="Host">In lower case, without brackets.</param>
/// <param name="Port">1 to 65535.</param>
internal sealed record ConnectRequest(HeaderBlock Head, string Host, int Port);
