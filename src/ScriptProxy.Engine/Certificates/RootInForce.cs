using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace ScriptProxy.Engine.Certificates;

/// <summary>
/// The root certificate that signs now, and the leafs it has signed. Loaded when first needed; read again when its folder has changed, as a rotation, another
/// authority and a renewed secret change it. Files that cannot be used leave what was before in force. Thread-safe.
/// </summary>
internal sealed partial class RootInForce : IDisposable
{
    // Whoever took the former leafs has long finished making one.
    private static readonly TimeSpan StaysAfterwards = TimeSpan.FromMinutes(1);
    private static readonly string[] Names = ["ca.pem", "ca-key.pem", "tls.crt", "tls.key", "ca.crt"];

    private readonly ProxyOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<RootInForce> _logger;
    private readonly Lock _loading = new();
    private readonly List<(Signing Signing, DateTimeOffset At)> _former = [];
    private volatile Signing? _current;
    private FileStamp[] _stamps = [];
    private FileStamp[]? _unsettled;
    private int _refreshing;

    /// <param name="options">Name the folder, and the file with its passphrase.</param>
    /// <param name="time">Dates certificates.</param>
    /// <param name="logger">Is told of changes.</param>
    public RootInForce(ProxyOptions options, TimeProvider time, ILogger<RootInForce> logger)
    {
        _options = options;
        _time = time;
        _logger = logger;
    }

    /// <summary>The certificate. Made when the folder has none. Not to be kept: another may follow.</summary>
    /// <exception cref="RootCertificateException">It cannot be used, or not made.</exception>
    public RootCertificate Root => Current.Root;

    /// <summary>What it has signed. Not to be kept.</summary>
    /// <exception cref="RootCertificateException">The root certificate cannot be used, or not made.</exception>
    public LeafCertificates Leafs => Current.Leafs;

    private Signing Current
    {
        get
        {
            if (_current is { } current) return current;
            lock (_loading) return _current ??= Load();
        }
    }

    /// <summary>Reads the folder again if it changed, once two looks agree. Called once a second; short unless it did.</summary>
    public void Refresh(long now)
    {
        if (_current is not { } current || Interlocked.Exchange(ref _refreshing, 1) != 0) return;
        try
        {
            Forget();
            var stamps = Stamps();
            if (stamps.AsSpan().SequenceEqual(_stamps))
            {
                _unsettled = null;
            }
            else if (_unsettled is null || !stamps.AsSpan().SequenceEqual(_unsettled))
            {
                // Certificate and key may be copied one after the other.
                _unsettled = stamps;
            }
            else
            {
                (_stamps, _unsettled) = (stamps, null);
                Replace(current);
            }
        }
        finally
        {
            Volatile.Write(ref _refreshing, 0);
        }
    }

    public void Dispose()
    {
        _current?.Dispose();
        foreach (var (signing, _) in _former) signing.Dispose();
    }

    private Signing Load()
    {
        _stamps = Stamps();
        var root = RootCertificate.LoadOrCreate(new RootCertificateFiles(_options.CaDir), _time, Passphrase());
        root.WarnOfItsEnd(_logger, _time);
        return Signing.With(root, _options, _time);
    }

    private void Replace(Signing current)
    {
        try
        {
            // Never made anew here: a folder that was emptied is a mistake, or a secret that is not mounted.
            var root = RootCertificate.Load(new RootCertificateFiles(_options.CaDir), _time, Passphrase());
            if (IsSame(root, current.Root))
            {
                root.Dispose();
                return;
            }

            root.WarnOfItsEnd(_logger, _time);
            _former.Add((current, _time.GetUtcNow()));
            _current = Signing.With(root, _options, _time);
            var (subject, fingerprint) = (root.Certificate.Subject, Fingerprint(root.Certificate));
            Log.Replaced(_logger, root.PemPath, subject, fingerprint, root.End.UtcDateTime);
        }
        catch (Exception exception) when (exception is RootCertificateException or CryptographicException or IOException or UnauthorizedAccessException)
        {
            Log.Kept(_logger, exception.Message);
        }
    }

    private void Forget()
    {
        for (var i = _former.Count - 1; i >= 0; i--)
        {
            if (_time.GetUtcNow() - _former[i].At < StaysAfterwards) continue;
            _former[i].Signing.Dispose();
            _former.RemoveAt(i);
        }
    }

    private string? Passphrase() => PassphraseFile.Read(_options.CaPasswordFile, "--ca-password-file");

    private FileStamp[] Stamps()
    {
        var folder = new RootCertificateFiles(_options.CaDir).Directory;
        var stamps = Array.ConvertAll(Names, name => FileStamp.Of(Path.Combine(folder, name)));
        return _options.CaPasswordFile is { } passphrase ? [.. stamps, FileStamp.Of(RootCertificateFiles.ExpandHome(passphrase))] : stamps;
    }

    private static bool IsSame(RootCertificate one, RootCertificate other) => Fingerprints(one).SequenceEqual(Fingerprints(other), StringComparer.Ordinal);

    private static IEnumerable<string> Fingerprints(RootCertificate root) => root.Intermediates.Prepend(root.Certificate).Concat(root.Anchors).Select(Fingerprint);

    private static string Fingerprint(X509Certificate2 certificate) => certificate.GetCertHashString(HashAlgorithmName.SHA256);

    private sealed record Signing(RootCertificate Root, LeafCertificates Leafs) : IDisposable
    {
        public static Signing With(RootCertificate root, ProxyOptions options, TimeProvider time) => new(root, new LeafCertificates(root, offerHttp2: !options.NoHttp2, time));

        public void Dispose()
        {
            Leafs.Dispose();
            Root.Dispose();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Path} changed: {Subject} (SHA-256 {Fingerprint}, until {End:yyyy-MM-dd}) signs from now on; open connections go on as they are")]
        public static partial void Replaced(ILogger logger, string path, string subject, string fingerprint, DateTime end);

        [LoggerMessage(2, LogLevel.Error, "The root certificate changed and cannot be used; the one before stays in force. {Problem}")]
        public static partial void Kept(ILogger logger, string problem);
    }
}
