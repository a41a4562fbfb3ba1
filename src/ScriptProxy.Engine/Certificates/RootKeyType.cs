namespace ScriptProxy.Engine.Certificates;

/// <summary>The kind of a root's key.</summary>
internal enum RootKeyType
{
    /// <summary>ECDSA on P-256: small, fast, and accepted everywhere.</summary>
    P256,

    /// <summary>ECDSA on P-384.</summary>
    P384,

    /// <summary>RSA of 2048 bits, for clients that know no curves.</summary>
    Rsa2048,

    /// <summary>RSA of 3072 bits.</summary>
    Rsa3072,

    /// <summary>RSA of 4096 bits.</summary>
    Rsa4096,
}
