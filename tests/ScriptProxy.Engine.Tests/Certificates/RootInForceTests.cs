using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Certificates;

public sealed class RootInForceTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();
    private readonly ManualTime _time = new();
    private readonly LogCollector _log = new();
    private readonly ILoggerFactory _loggers;

    public RootInForceTests() => _loggers = LoggerFactory.Create(logging => logging.AddProvider(_log));

    private RootCertificateFiles Files => new(_folder.Path);

    public void Dispose()
    {
        _loggers.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task NewRoot_SignsFromThenOn()
    {
        using var root = Begin();
        var before = (root.Root.Certificate.Thumbprint, Leaf: await root.Leafs.GetAsync("a.test"));

        MakeNew();
        Look(root, times: 2);

        Assert.NotEqual(before.Thumbprint, root.Root.Certificate.Thumbprint);
        Assert.Equal(OnDisk(), root.Root.Certificate.Thumbprint);
        var leaf = await root.Leafs.GetAsync("a.test");
        Assert.NotSame(before.Leaf, leaf);
        Assert.True(IsSignedBy(leaf, root.Root));
        Assert.False(IsSignedBy(before.Leaf, root.Root));
        Assert.Contains("signs from now on", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.Contains(root.Root.Certificate.GetCertHashString(HashAlgorithmName.SHA256), _log.Lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public void FirstLook_WaitsForASecondThatAgrees()
    {
        using var root = Begin();
        var before = root.Root;

        MakeNew();
        Look(root, times: 1);
        Assert.Same(before, root.Root);

        MakeNew();
        Look(root, times: 1);
        Assert.Same(before, root.Root);
        Look(root, times: 1);
        Assert.NotSame(before, root.Root);
    }

    [Fact]
    public void NextRootOfARotation_IsHandedOutBeforeItSigns()
    {
        using var root = Begin();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var next = new CertificateRequest("CN=Next", key, HashAlgorithmName.SHA256) { CertificateExtensions = { new X509BasicConstraintsExtension(true, false, 0, true) } }
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        var signer = root.Root.Certificate.Thumbprint;

        File.AppendAllText(Files.CertificatePath, next.ExportCertificatePem());
        Look(root, times: 2);

        Assert.Equal(signer, root.Root.Certificate.Thumbprint);
        Assert.Contains(root.Root.Anchors, anchor => anchor.Thumbprint == next.Thumbprint);
    }

    [Theory]
    [InlineData("ca.pem", "no certificate")]
    [InlineData("ca-key.pem", "no key")]
    [InlineData("ca.pem", null)]
    [InlineData("ca-key.pem", null)]
    public async Task FileThatCannotBeUsed_LeavesTheFormerInForce(string name, string? content)
    {
        using var root = Begin();
        var before = root.Root;
        var path = Path.Combine(_folder.Path, name);
        var good = File.ReadAllText(path);
        File.Delete(path);
        if (content is not null) Write(path, content);

        Look(root, times: 4);

        Assert.Same(before, root.Root);
        Assert.True(IsSignedBy(await root.Leafs.GetAsync("b.test"), root.Root));
        Assert.StartsWith("Error: The root certificate changed and cannot be used; the one before stays in force.", Assert.Single(_log.Lines), StringComparison.Ordinal);
        Assert.False(content is null && File.Exists(path));

        Write(path, good);
        Look(root, times: 2);
        Assert.Same(before, root.Root);
        Assert.Single(_log.Lines);
    }

    [Fact]
    public void TouchedFile_ChangesNothing()
    {
        using var root = Begin();
        var before = root.Root;

        File.SetLastWriteTimeUtc(Files.CertificatePath, DateTime.UtcNow.AddHours(1));
        Look(root, times: 3);

        Assert.Same(before, root.Root);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task FormerLeafs_ServeForAWhile()
    {
        using var root = Begin();
        var former = root.Leafs;
        MakeNew();
        Look(root, times: 2);

        // Whoever took them just before.
        Assert.NotNull(await former.GetAsync("c.test"));

        _time.Now += TimeSpan.FromMinutes(2);
        Look(root, times: 1);
        await Assert.ThrowsAnyAsync<CryptographicException>(async () => await former.GetAsync("d.test"));
    }

    [Fact]
    public void NobodyWhoNeedsIt_NothingIsMade()
    {
        using var root = new RootInForce(new ProxyOptions { CaDir = _folder.Path }, _time, _loggers.CreateLogger<RootInForce>());

        Look(root, times: 3);

        Assert.False(Files.Exist);
    }

    [Fact]
    public async Task RunningProxy_TakesUpANewRoot_AndOpenConnectionsGoOn()
    {
        await using var origin = await TestOrigin.StartAsync(context => context.Response.WriteAsync("hello"));

        // A folder of its own: other tests share one.
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions { Origins = [origin], Proxy = new ProxyOptions { CaDir = _folder.Path } });
        using var open = proxy.CreateClient();
        Assert.Equal("hello", await open.GetStringAsync("https://origin.test/"));
        var before = await ShownRootAsync(proxy);

        MakeNew();

        var end = Environment.TickCount64 + (long)TestDeadline.Limit.TotalMilliseconds;
        while (await ShownRootAsync(proxy) == before)
        {
            Assert.True(Environment.TickCount64 < end, "The new root is never used.");
            await Task.Delay(50);
        }

        // This client trusts the former root only, so that it is still on its connection.
        Assert.Equal("hello", await open.GetStringAsync("https://origin.test/"));
        using var onDisk = X509CertificateLoader.LoadCertificateFromFile(proxy.RootCertificatePath);
        var page = await proxy.CreateClient().GetStringAsync("http://scriptproxy.internal/");
        Assert.Contains(onDisk.GetCertHashString(HashAlgorithmName.SHA256), page.Replace(":", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    /// <summary>The key identifier of the root that signed what a new client is shown.</summary>
    private static async Task<string> ShownRootAsync(TestProxy proxy)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(proxy.EndPoint);
        await client.GetStream().WriteAsync("CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n\r\n"u8.ToArray());
        var answer = new byte[4096];
        Assert.True(await client.GetStream().ReadAsync(answer) > 0);
        X509Certificate2? shown = null;
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: true, (_, certificate, _, _) =>
        {
            shown = new X509Certificate2(certificate!);
            return shown.Subject.Length > 0;
        });
        await tls.AuthenticateAsClientAsync("origin.test");
        using (shown) return Convert.ToHexString(shown!.Extensions.OfType<X509AuthorityKeyIdentifierExtension>().Single().KeyIdentifier!.Value.Span);
    }

    private static bool IsSignedBy(SslServerAuthenticationOptions leaf, RootCertificate root)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root.Certificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(leaf.ServerCertificateContext!.TargetCertificate);
    }

    private static void Write(string path, string content)
    {
        File.WriteAllText(path, content);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private static void Look(RootInForce root, int times)
    {
        for (var i = 0; i < times; i++) root.Refresh(Environment.TickCount64);
    }

    private RootInForce Begin()
    {
        MakeNew();
        var root = new RootInForce(new ProxyOptions { CaDir = _folder.Path }, _time, _loggers.CreateLogger<RootInForce>());
        _ = root.Leafs;
        return root;
    }

    private void MakeNew() => Files.WhileLocked(() =>
    {
        RootCertificate.Create(Files, new RootProfile(), DateTimeOffset.UtcNow);
        return true;
    });

    private string OnDisk()
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Files.CertificatePath);
        return certificate.Thumbprint;
    }
}
