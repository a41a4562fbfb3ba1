using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates;

/// <summary>What a new root is to be like.</summary>
internal sealed record RootProfile
{
    /// <summary>What it is called; null for "ScriptProxy Root" with the first digits of its key identifier.</summary>
    public X500DistinguishedName? Subject { get; init; }

    /// <summary>From now on.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(3653);

    /// <summary>The kind of its key.</summary>
    public RootKeyType KeyType { get; init; } = RootKeyType.P256;

    /// <summary>What it may sign for; null for everything.</summary>
    public NameConstraints? Constraints { get; init; }

    /// <summary>A key of that kind; the caller disposes it.</summary>
    public AsymmetricAlgorithm NewKey() => KeyType switch
    {
        RootKeyType.P256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        RootKeyType.P384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        RootKeyType.Rsa3072 => RSA.Create(3072),
        RootKeyType.Rsa4096 => RSA.Create(4096),
        _ => RSA.Create(2048),
    };
}
