using System.Net.Sockets;
using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Embedding;

/// <summary>What an HttpClient's failures are called in a flow (RFC 9209 §2.3).</summary>
internal static class HandlerErrors
{
    public static FlowError From(HttpRequestException exception, string authority) => exception.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => new("dns_error", 502, $"{authority} could not be resolved."),
        HttpRequestError.ConnectionError when exception.InnerException is SocketException socket => FlowErrors.Connect(authority, socket.SocketErrorCode),
        HttpRequestError.ConnectionError => new("destination_unavailable", 502, $"{authority} cannot be connected to."),
        HttpRequestError.SecureConnectionError => FlowErrors.Tls(authority, exception.InnerException?.Message ?? exception.Message),
        HttpRequestError.ResponseEnded => FlowErrors.Closed(authority),
        HttpRequestError.HttpProtocolError or HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded =>
            new("http_protocol_error", 502, $"The response of {authority} is not HTTP that can be read ({exception.HttpRequestError})."),
        _ => new("connection_terminated", 502, $"The exchange with {authority} failed ({exception.HttpRequestError})."),
    };
}
