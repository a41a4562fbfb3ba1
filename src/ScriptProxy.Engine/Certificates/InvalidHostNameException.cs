namespace ScriptProxy.Engine.Certificates;

/// <summary>A name that no certificate can be made or checked for: empty, too long, or with characters that host names do not have.</summary>
internal sealed class InvalidHostNameException(string host, string reason) : Exception($"\"{CertificateProblem.Shown(host)}\" is not a host name: {reason}");
