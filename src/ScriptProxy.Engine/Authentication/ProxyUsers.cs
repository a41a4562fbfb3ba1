using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace ScriptProxy.Engine.Authentication;

/// <summary>
/// Who may use a listener: one pair of the options, or the users of a file, which is read again when it changes. A file that cannot be read
/// leaves the users as they are. Thread-safe.
/// </summary>
internal sealed partial class ProxyUsers
{
    private readonly ILogger<ProxyUsers> _logger;
    private readonly string? _path;
    private readonly PasswordHash? _singleHash;
    private readonly string? _single;
    private volatile UserFile _file = UserFile.Empty;
    private FileStamp _stamp;
    private volatile int _version;
    private int _refreshing;

    /// <param name="pair">"user:password"; null for none.</param>
    /// <param name="path">The file of users; null for none.</param>
    /// <param name="logger">Is told of changes.</param>
    /// <exception cref="ProxyStartException">The file cannot be used.</exception>
    public ProxyUsers(string? pair, string? path, ILogger<ProxyUsers> logger)
    {
        _logger = logger;
        if (pair is not null)
        {
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            _single = pair[..colon];
            _singleHash = new GivenPassword(Encoding.UTF8.GetBytes(pair[(colon + 1)..]));
        }

        if (path is null) return;
        _path = path;
        _stamp = FileStamp.Of(path);
        _file = Read(path, out var problem) ?? throw new ProxyStartException($"proxy-auth-file {problem}");
    }

    /// <summary>Counts up when the users change: what was verified before has to be verified again.</summary>
    public int Version => _version;

    /// <summary>Whether the password is that of the user. Slow on purpose, and as slow for a user that does not exist.</summary>
    public bool Matches(ProxyCredentials credentials)
    {
        var isSingle = _single is not null && credentials.User == _single;
        var hash = isSingle ? _singleHash : _file.Find(credentials.User);
        if (hash is not null) return hash.Matches(credentials.Password);

        // The time it takes does not tell which names exist.
        (_file.Any ?? _singleHash)?.Matches(credentials.Password);
        return false;
    }

    /// <summary>Reads the file again if it changed. Called once a second; short unless it did.</summary>
    public void Refresh(long now)
    {
        if (_path is null || FileStamp.Of(_path) == _stamp || Interlocked.Exchange(ref _refreshing, 1) != 0) return;
        try
        {
            _stamp = FileStamp.Of(_path);
            if (Read(_path, out var problem) is { } file)
            {
                _file = file;
                _version++;
                Log.Reloaded(_logger, _path, file.Count);
            }
            else
            {
                Log.Kept(_logger, problem!);
            }
        }
        finally
        {
            Volatile.Write(ref _refreshing, 0);
        }
    }

    private static UserFile? Read(string path, out string? problem)
    {
        try
        {
            return UserFile.Parse(path, NamedFile.ReadText(path), out problem);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            problem = $"{path}: cannot be read ({NamedFile.WhyUnreadable(path, exception)}). Name a file that the user who runs the proxy may read.";
            return null;
        }
    }

    /// <summary>The password of the options, which is not hashed: whoever reads them knows it anyway.</summary>
    private sealed class GivenPassword(byte[] password) : PasswordHash
    {
        private readonly byte[] _hash = SHA256.HashData(password);

        protected override bool IsOf(ReadOnlySpan<byte> password) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(password), _hash);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "{Path}: {Count} users are live.")]
        public static partial void Reloaded(ILogger logger, string path, int count);

        [LoggerMessage(2, LogLevel.Warning, "{Problem} The users stay as they were.")]
        public static partial void Kept(ILogger logger, string problem);
    }
}
