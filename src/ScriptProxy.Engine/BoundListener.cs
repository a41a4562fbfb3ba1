using System.Net;

namespace ScriptProxy.Engine;

/// <summary>An address that is listened on.</summary>
/// <param name="Mode">What is spoken there, such as "regular" or "reverse:https://example.com".</param>
/// <param name="EndPoint">Where, with the real port.</param>
public sealed record BoundListener(string Mode, EndPoint EndPoint)
{
    /// <summary>"127.0.0.1:8080", and the mode in parentheses when it is not the regular one.</summary>
    public override string ToString() => Mode == Modes.ModeSpec.Regular ? Address : $"{Address} ({Mode})";

    private string Address => EndPoint is System.Net.Sockets.UnixDomainSocketEndPoint ? $"unix:{EndPoint}" : $"{EndPoint}";
}
