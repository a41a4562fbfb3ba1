using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class RootCertificateFilesTests : IDisposable
{
    private readonly TemporaryDirectory _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void ReplacementCutOffAnywhere_LeavesTheOldRootOrTheNewOne()
    {
        var seen = new HashSet<bool>();
        for (var step = 0; ; step++)
        {
            using var folder = new TemporaryDirectory();
            var old = Create(folder.Path, null);
            var isDone = CutOffAfter(step, folder.Path, files => RootCertificate.Create(files, new RootProfile(), DateTimeOffset.UtcNow));

            using var loaded = RootCertificate.LoadOrCreate(folder.Path, TimeProvider.System);
            seen.Add(loaded.Certificate.Thumbprint == old);
            AssertKeyFits(loaded);
            AssertNextChangeTidiesUp(folder.Path);
            if (isDone) break;
        }

        Assert.Equal([false, true], seen.Order());
    }

    [Fact]
    public void RotationCutOffAnywhere_LeavesARootWithItsKeyThatClientsTrusted()
    {
        var signers = new HashSet<string>();
        for (var step = 0; ; step++)
        {
            using var folder = new TemporaryDirectory();
            var old = Create(folder.Path, null);
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var next = CertificateTemplates.SignRoot(CertificateTemplates.Root(key, new RootProfile()), key, DateTimeOffset.UtcNow, TimeSpan.FromDays(30));
            var isDone = CutOffAfter(step, folder.Path, files =>
            {
                using var current = X509CertificateLoader.LoadCertificateFromFile(files.CertificatePath);
                files.KeepKey(next, RootCertificateReader.ExportKey(key));
                files.ReplaceCertificates(new CertificateChain([current, next]));
                files.Replace(new CertificateChain([next, current]), null);
                files.ReplaceCertificates(new CertificateChain([next]));
            });

            using var loaded = RootCertificate.LoadOrCreate(folder.Path, TimeProvider.System);
            Assert.Contains(loaded.Certificate.Thumbprint, new[] { old, next.Thumbprint });
            signers.Add(loaded.Certificate.Thumbprint == old ? "old" : "next");
            AssertKeyFits(loaded);
            AssertNextChangeTidiesUp(folder.Path);
            if (isDone) break;
        }

        Assert.Equal(["next", "old"], signers.Order());
    }

    [Fact]
    public void FirstCreationCutOffAnywhere_LeavesNothingOrAll()
    {
        for (var step = 0; ; step++)
        {
            using var folder = new TemporaryDirectory();
            var isDone = CutOffAfter(step, folder.Path, files => RootCertificate.Create(files, new RootProfile(), DateTimeOffset.UtcNow));

            using var loaded = RootCertificate.LoadOrCreate(folder.Path, TimeProvider.System);
            AssertKeyFits(loaded);
            if (isDone) break;
        }
    }

    [Fact]
    public void SecretOfKubernetes_IsReadUnderItsNames()
    {
        using var authority = TestAuthority.New("Company");
        authority.WriteTo(_temporary.Path);
        File.Move(_temporary.File("ca.pem"), _temporary.File("tls.crt"));
        File.Move(_temporary.File("ca-key.pem"), _temporary.File("tls.key"));

        using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);

        Assert.Equal("CN=Company", root.Certificate.Subject);
        Assert.Equal(_temporary.File("tls.crt"), root.PemPath);
    }

    [Fact]
    public void SecretOfKubernetesWithItsIssuer_LeadsToTheRoot()
    {
        using var authority = TestAuthority.NewRsa("Company");
        using var intermediate = authority.IssueIntermediate("Department");
        intermediate.WriteTo(_temporary.Path);
        File.Move(_temporary.File("ca.pem"), _temporary.File("tls.crt"));
        File.Move(_temporary.File("ca-key.pem"), _temporary.File("tls.key"));
        File.WriteAllText(_temporary.File("ca.crt"), authority.Certificate.ExportCertificatePem());

        using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System);

        Assert.Equal("CN=Company", Assert.Single(root.Anchors).Subject);
        Assert.Equal("CN=Department", Assert.Single(root.Intermediates).Subject);
    }

    [Theory]
    [InlineData("600", true, true)]
    [InlineData("400", true, true)]
    [InlineData("440", true, false)]
    [InlineData("440", false, true)]
    [InlineData("640", false, true)]
    [InlineData("660", false, false)]
    [InlineData("444", false, false)]
    [InlineData("604", false, false)]
    [InlineData("602", false, false)]
    public void KeyOfThisMode_MayBeUsed(string mode, bool canTighten, bool expected) =>
        Assert.Equal(expected, RootCertificateFiles.MayHave((UnixFileMode)Convert.ToInt32(mode, 8), () => canTighten));

    [Fact]
    public void EncryptedKey_NeedsItsPassphrase()
    {
        Create(_temporary.Path, null);
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(_temporary.File("ca-key.pem")));
        File.WriteAllText(_temporary.File("ca-key.pem"), key.ExportEncryptedPkcs8PrivateKeyPem("right", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));

        using var root = RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System, "right");

        AssertKeyFits(root);
        var exception = Assert.Throws<RootCertificateException>(() => RootCertificate.LoadOrCreate(_temporary.Path, TimeProvider.System, "wrong"));
        Assert.StartsWith($"{_temporary.File("ca-key.pem")}: cannot be decrypted: the passphrase is wrong", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>Ends a change of the folder before its nth step, as a kill does: nothing after it happens.</summary>
    /// <returns>Whether it came to its end.</returns>
    private static bool CutOffAfter(int steps, string directory, Action<RootCertificateFiles> change)
    {
        var left = steps;
        var files = new RootCertificateFiles(directory, () =>
        {
            if (left-- == 0) throw new CutOffException();
        });
        try
        {
            files.WhileLocked(() =>
            {
                change(files);
                return true;
            });
            return true;
        }
        catch (CutOffException)
        {
            return false;
        }
    }

    private static string Create(string directory, RootProfile? profile)
    {
        CutOffAfter(int.MaxValue, directory, files => RootCertificate.Create(files, profile ?? new RootProfile(), DateTimeOffset.UtcNow));
        using var root = RootCertificate.LoadOrCreate(directory, TimeProvider.System);
        return root.Certificate.Thumbprint;
    }

    private static void AssertKeyFits(RootCertificate root)
    {
        using var key = root.Certificate.GetECDsaPublicKey()!;
        var signature = root.SignatureGenerator.SignData([1, 2, 3], HashAlgorithmName.SHA256);
        Assert.True(key.VerifyData((byte[])[1, 2, 3], signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }

    private static void AssertNextChangeTidiesUp(string directory)
    {
        Create(directory, null);
        Assert.Equal([".lock", "ca-key.pem", "ca.pem"], Directory.GetFiles(directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    private sealed class CutOffException : Exception;
}
