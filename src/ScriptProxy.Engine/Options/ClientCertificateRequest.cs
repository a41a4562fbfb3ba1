namespace ScriptProxy.Engine;

/// <summary>Whether clients whose TLS is intercepted are asked for a certificate.</summary>
public enum ClientCertificateRequest
{
    /// <summary>They are not asked.</summary>
    Never,

    /// <summary>They are asked and may decline; a certificate that is shown and does not lead to --client-ca is refused.</summary>
    Ask,

    /// <summary>They are asked, and refused without a certificate that leads to --client-ca.</summary>
    Require,
}
