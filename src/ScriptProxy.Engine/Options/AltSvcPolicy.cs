namespace ScriptProxy.Engine;

/// <summary>What happens to Alt-Svc (RFC 7838), by which an origin offers other addresses and protocols for itself.</summary>
public enum AltSvcPolicy
{
    /// <summary>Responses keep it.</summary>
    Keep,

    /// <summary>It is removed, so that clients do not leave for a protocol that the proxy does not see, such as HTTP/3.</summary>
    Drop,
}
