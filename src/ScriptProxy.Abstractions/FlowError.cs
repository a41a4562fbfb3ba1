namespace ScriptProxy;

/// <summary>Why a flow failed, in the words of RFC 9209 §2.3.</summary>
/// <param name="Type">The Proxy-Status error type, such as "dns_error", "connection_refused" or "http_response_timeout".</param>
/// <param name="StatusCode">What the client was or would have been answered; 0 where the connection could only be cut.</param>
/// <param name="Message">One line for people: what failed, with whom. Holds no secrets.</param>
public sealed record FlowError(string Type, int StatusCode, string Message);
