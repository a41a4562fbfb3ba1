using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Cli.Commands.Ca.Trust;

/// <summary>The roots of Windows: those of the machine for an administrator, else those of the user, for which Windows asks.</summary>
internal sealed class WindowsStore : ITrustStore
{
    private static StoreLocation Location => Environment.IsPrivilegedProcess ? StoreLocation.LocalMachine : StoreLocation.CurrentUser;

    public string Name => $"the root certificates of Windows ({Location})";

    public string? Obstacle => null;

    public bool Has(TrustAnchor anchor)
    {
        using var store = Open(OpenFlags.ReadOnly);
        return Find(store, anchor) is not null;
    }

    public IReadOnlyList<string> Steps(TrustAnchor anchor, bool remove) => [$"{(remove ? "remove" : "add")} {anchor.Sha256} {(remove ? "from" : "to")} Cert:\\{Location}\\Root"];

    public void Install(TrustAnchor anchor) => Change(store => store.Add(anchor.Certificate!));

    public void Remove(TrustAnchor anchor) => Change(store =>
    {
        if (Find(store, anchor) is { } found) store.Remove(found);
    });

    private static void Change(Action<X509Store> change)
    {
        try
        {
            using var store = Open(OpenFlags.ReadWrite);
            change(store);
        }
        catch (CryptographicException exception)
        {
            throw new CaException($"Windows refused: {exception.Message}", innerException: exception);
        }
    }

    private static X509Store Open(OpenFlags flags)
    {
        var store = new X509Store(StoreName.Root, Location);
        store.Open(flags);
        return store;
    }

    private static X509Certificate2? Find(X509Store store, TrustAnchor anchor) => store.Certificates.FirstOrDefault(certificate => TrustAnchor.Of(certificate).Sha256 == anchor.Sha256);
}
