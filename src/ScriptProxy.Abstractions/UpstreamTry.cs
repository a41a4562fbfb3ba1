namespace ScriptProxy;

/// <summary>One try of a request on an endpoint of an upstream with several.</summary>
/// <param name="Endpoint">Which, such as "10.0.0.1:8443".</param>
/// <param name="Failure">Why it failed, as <see cref="FlowError.Type"/> has it or a status code such as "503"; null when it did not.</param>
public sealed record UpstreamTry(string Endpoint, string? Failure);
