using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// The certificates shown to clients, one per host, made when first asked for. All share one key of this process, so that making one is
/// one signature. The same options object serves every connection to a host: TLS contexts and session resumption hang on it.
/// </summary>
internal sealed class LeafCertificates : IDisposable
{
    private readonly RootCertificate _root;
    private readonly TimeProvider _timeProvider;
    private readonly ECDsa _key = CertificateTemplates.NewKey();
    private readonly X509AuthorityKeyIdentifierExtension _authorityKeyIdentifier;
    private readonly SslCertificateTrust _trust;
    private readonly X509Certificate2Collection _intermediates = [];
    private readonly MintLimit _limit;
    private readonly List<SslApplicationProtocol> _applicationProtocols;
    private readonly LruCache<Leaf> _leafs;
    private int _minted;

    /// <param name="root">Signs; the caller disposes it, after this.</param>
    /// <param name="offerHttp2">Whether clients may choose h2.</param>
    /// <param name="timeProvider">Dates the certificates.</param>
    /// <param name="capacity">How many hosts are remembered.</param>
    public LeafCertificates(RootCertificate root, bool offerHttp2, TimeProvider timeProvider, int capacity = 1000)
    {
        _root = root;
        _timeProvider = timeProvider;
        _authorityKeyIdentifier = CertificateTemplates.AuthorityKeyIdentifier(root.Certificate);
        _trust = SslCertificateTrust.CreateForX509Collection([root.Anchors[0]]);
        foreach (var intermediate in root.Intermediates) _intermediates.Add(intermediate);
        _limit = new MintLimit(timeProvider);
        _applicationProtocols = offerHttp2 ? [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] : [SslApplicationProtocol.Http11];
        _leafs = new LruCache<Leaf>(capacity);
    }

    /// <summary>How many certificates were made so far.</summary>
    public int Minted => Volatile.Read(ref _minted);

    /// <summary>What to authenticate with towards a client that asked for this host. Completes at once when the host is known; callers that come together share one certificate.</summary>
    /// <param name="hostOrAddress">A DNS name, or an IP address without brackets.</param>
    /// <exception cref="InvalidHostNameException">No certificate can name this host.</exception>
    /// <exception cref="RootCertificateException">The root has expired meanwhile.</exception>
    public ValueTask<SslServerAuthenticationOptions> GetAsync(string hostOrAddress)
    {
        if (!HostName.TryParse(hostOrAddress, out var host, out var problem))
            return ValueTask.FromException<SslServerAuthenticationOptions>(new InvalidHostNameException(hostOrAddress, problem));

        var now = _timeProvider.GetUtcNow();
        var leaf = _leafs.GetOrAdd(host.Text, now, static (leaf, now) => now < leaf.RenewAt, static (_, _) => new Leaf());
        return leaf.TryStart() ? new(MintAsync(host, leaf)) : new(leaf.Options);
    }

    /// <summary>The same, for a client that is made to wait when it asks for too many new hosts at a time.</summary>
    /// <param name="hostOrAddress">A DNS name, or an IP address without brackets.</param>
    /// <param name="client">Who asks.</param>
    /// <exception cref="MintLimitException">The client has many waiting already.</exception>
    /// <exception cref="InvalidHostNameException">No certificate can name this host.</exception>
    /// <exception cref="RootCertificateException">The root has expired meanwhile.</exception>
    public ValueTask<SslServerAuthenticationOptions> GetAsync(string hostOrAddress, IPAddress client)
    {
        if (HostName.TryParse(hostOrAddress, out var host, out _) && _leafs.TryGet(host.Text, out var leaf) && _timeProvider.GetUtcNow() < leaf.RenewAt) return new(leaf.Options);
        if (!_limit.TryTake(client, out var wait)) return ValueTask.FromException<SslServerAuthenticationOptions>(new MintLimitException());
        return wait == TimeSpan.Zero ? GetAsync(hostOrAddress) : new(GetLaterAsync(hostOrAddress, wait));
    }

    /// <summary>Forgets the shared key. Connections that are open stay open.</summary>
    public void Dispose() => _key.Dispose();

    private async Task<SslServerAuthenticationOptions> GetLaterAsync(string hostOrAddress, TimeSpan wait)
    {
        await Task.Delay(wait, _timeProvider, CancellationToken.None);
        return await GetAsync(hostOrAddress);
    }

    private async Task<SslServerAuthenticationOptions> MintAsync(HostName host, Leaf leaf)
    {
        try
        {
            // Not on the caller's thread: it serves sockets, and this takes as long as a handshake.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            var (options, renewAt) = Mint(host);
            leaf.Complete(options, renewAt);
        }
        catch (Exception exception)
        {
            // Whatever it was, those who wait must learn of it, and the next caller tries again.
            _leafs.Remove(host.Text, leaf);
            leaf.Fail(exception);
        }

        return await leaf.Options;
    }

    private (SslServerAuthenticationOptions Options, DateTimeOffset RenewAt) Mint(HostName host)
    {
        var now = _timeProvider.GetUtcNow();
        var begin = now - CertificateTemplates.Backdating;
        var rootBegin = new DateTimeOffset(_root.Certificate.NotBefore);
        if (begin < rootBegin) begin = rootBegin;
        var end = begin + CertificateTemplates.LeafLifetime;
        var rootEnd = _root.End;
        if (end > rootEnd) end = rootEnd;
        if (end <= now) throw new RootCertificateException($"{_root.PemPath}: expired on {rootEnd:yyyy-MM-dd} while running. Delete ca.pem and ca-key.pem and start again.");

        var request = CertificateTemplates.Leaf([host], _key, _authorityKeyIdentifier);
        using var unkeyed = request.Create(_root.Certificate.SubjectName, _root.SignatureGenerator, begin, end, CertificateTemplates.NewSerialNumber());

        // Not disposed here: the context needs it for as long as any connection uses the options, also after the cache forgot them.
        var certificate = unkeyed.CopyWithPrivateKey(_key);
        var options = new SslServerAuthenticationOptions
        {
            // The trust saves the search through the system's certificates, most of the time this takes; no issuers are announced with it.
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, _intermediates, offline: true, _trust),
            ApplicationProtocols = _applicationProtocols,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            AllowRenegotiation = false,
        };
        Interlocked.Increment(ref _minted);
        return (options, now + ((end - now) * 0.9));
    }

    /// <summary>One host's certificate, there or in the making.</summary>
    private sealed class Leaf
    {
        private readonly TaskCompletionSource<SslServerAuthenticationOptions> _options = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private long _renewAtTicks = DateTimeOffset.MaxValue.UtcTicks;
        private int _started;

        public Task<SslServerAuthenticationOptions> Options => _options.Task;

        /// <summary>Far in the future while in the making.</summary>
        public DateTimeOffset RenewAt => new(Volatile.Read(ref _renewAtTicks), TimeSpan.Zero);

        /// <summary>True for exactly one caller: the one that makes it.</summary>
        public bool TryStart() => Volatile.Read(ref _started) == 0 && Interlocked.Exchange(ref _started, 1) == 0;

        public void Complete(SslServerAuthenticationOptions options, DateTimeOffset renewAt)
        {
            Volatile.Write(ref _renewAtTicks, renewAt.UtcTicks);
            _options.SetResult(options);
        }

        public void Fail(Exception exception) => _options.SetException(exception);
    }
}
