using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Connections;

namespace ScriptProxy.Engine.Authentication;

/// <summary>
/// Decides whether a client is who it says: by the users of the options, unless an addon decides. What was found right once is remembered
/// by a keyed hash, per connection and for all; what was wrong is answered late. Thread-safe.
/// </summary>
internal sealed partial class ProxyAuthenticator(ProxyUsers? users, Generations generations, FailedLogins failures, ILogger<ProxyAuthenticator> logger)
{
    private const int MaxRemembered = 1024;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    // Passwords are hashed on a few threads at most: the rest of the proxy goes on.
    private readonly TaskFactory _hashing = new(new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, Math.Max(1, Environment.ProcessorCount / 2)).ConcurrentScheduler);
    private readonly ConcurrentDictionary<string, int> _right = new(StringComparer.Ordinal);

    /// <summary>Whether clients have to say who they are.</summary>
    public bool IsRequired => users is not null || !generations.Current.ProxyAuthenticate.IsEmpty;

    /// <summary>Whether these bytes are those that somebody was verified with before.</summary>
    public bool IsVerified(VerifiedUser? known, ReadOnlySpan<byte> proof)
    {
        if (known is null || known.Version != Version) return false;
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, proof, hash);
        return CryptographicOperations.FixedTimeEquals(hash, known.Proof);
    }

    /// <summary>Verifies; on success the connection remembers it.</summary>
    /// <param name="connection">Whose client asks.</param>
    /// <param name="credentials">Null when what it sent is none.</param>
    /// <param name="proof">The bytes that <see cref="IsVerified"/> will be asked about.</param>
    /// <returns>Who it is; null when it is refused: after a while, if it was often.</returns>
    public async ValueTask<VerifiedUser?> VerifyAsync(ProxyConnection connection, ProxyCredentials? credentials, ReadOnlyMemory<byte> proof)
    {
        if (credentials is not null && await IsRightAsync(connection, credentials))
        {
            return connection.Verified = new VerifiedUser(credentials.User, HMACSHA256.HashData(_key, proof.Span), Version);
        }

        Log.Refused(logger, connection.Client.RemoteEndPoint);
        connection.Disarm();
        await failures.PenaltyAsync(connection.Client.RemoteEndPoint.Address);
        return null;
    }

    private int Version => users?.Version ?? 0;

    private async ValueTask<bool> IsRightAsync(ProxyConnection connection, ProxyCredentials credentials)
    {
        if (await AskAddonsAsync(connection, credentials) is { } decision) return decision;
        if (users is null) return false;

        var version = users.Version;
        byte[] pair = [.. Encoding.UTF8.GetBytes(credentials.User), 0, .. credentials.Password];
        var name = Convert.ToBase64String(HMACSHA256.HashData(_key, pair));
        if (_right.TryGetValue(name, out var verifiedAt) && verifiedAt == version) return true;
        if (!failures.MayTry(connection.Client.RemoteEndPoint.Address)) return false;

        connection.Disarm();
        if (!await _hashing.StartNew(() => users.Matches(credentials), CancellationToken.None)) return false;
        if (_right.Count >= MaxRemembered) _right.Clear();
        _right[name] = version;
        return true;
    }

    private async ValueTask<bool?> AskAddonsAsync(ProxyConnection connection, ProxyCredentials credentials)
    {
        using var lease = generations.Lease();
        if (lease.Generation.ProxyAuthenticate.IsEmpty) return null;
        var question = new ProxyAuthentication(connection.Client, credentials.User, Encoding.UTF8.GetString(credentials.Password));
        try
        {
            await lease.Generation.ProxyAuthenticate.RunAsync(question);
            return question.IsAccepted;
        }
        catch (AddonException)
        {
            // Already logged where it was caught; nobody gets in that an addon wanted to look at.
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "{Client} gave no user and password that are right.")]
        public static partial void Refused(ILogger logger, System.Net.IPEndPoint client);
    }
}
