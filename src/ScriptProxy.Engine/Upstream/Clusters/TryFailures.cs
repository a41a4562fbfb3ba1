using ScriptProxy.Engine.Flows;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>What an exception says of the endpoint that was tried.</summary>
internal static class TryFailures
{
    public static TryFailure Of(FlowException exception) => exception.Error.Type switch
    {
        _ when exception.ClientIsGone => TryFailure.Other,
        _ when exception.WasNotProcessed => TryFailure.RefusedStream,
        "connection_refused" or "connection_timeout" or "destination_ip_unroutable" or "destination_unavailable" or "dns_error" => TryFailure.Connect,
        "tls_protocol_error" or "tls_certificate_error" or "tls_alert_received" => TryFailure.Connect,
        "connection_terminated" or "http_response_incomplete" => TryFailure.Reset,
        "http_response_timeout" or "connection_read_timeout" => TryFailure.Timeout,
        "http_protocol_error" => TryFailure.Malformed,
        _ => TryFailure.Other,
    };
}
