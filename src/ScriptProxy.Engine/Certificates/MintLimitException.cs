using System.Security.Authentication;

namespace ScriptProxy.Engine.Certificates;

/// <summary>A client asked for certificates of more new names than it may have.</summary>
internal sealed class MintLimitException() : AuthenticationException($"this client asks for more than {MintLimit.PerSecond} new host names per second");
