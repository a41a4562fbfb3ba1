namespace ScriptProxy.Engine.Connections;

/// <summary>Who a client proved to be to the proxy. Immutable.</summary>
/// <param name="Name">The user.</param>
/// <param name="Proof">A keyed hash of the credentials.</param>
/// <param name="Version">The version of the users that they were verified against.</param>
internal sealed record VerifiedUser(string Name, byte[] Proof, int Version);
