using ScriptProxy.Engine.Recording;

namespace ScriptProxy.Engine.Upstream.Pac;

/// <summary>Where a PAC script comes from: a file, or a URL that is fetched without any proxy. Thread-safe.</summary>
/// <param name="location">A path, or a URL.</param>
internal sealed class PacSource(string location) : IDisposable
{
    private const int LargestBytes = 1024 * 1024;
    private static readonly TimeSpan FetchTimeout = TimeSpan.FromSeconds(10);

    private readonly Lazy<HttpClient> _client = new(() => new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ConnectTimeout = FetchTimeout })
    {
        Timeout = FetchTimeout,
        MaxResponseContentBufferSize = LargestBytes,
    });

    public bool IsFile { get; } = !location.StartsWith("http", StringComparison.OrdinalIgnoreCase) || !location.Contains("://", StringComparison.Ordinal);

    /// <summary>For messages.</summary>
    public string Shown => Printable.Escape(location);

    /// <summary>The script as it is now.</summary>
    /// <exception cref="PacException">It cannot be had.</exception>
    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (IsFile) return await ReadFileAsync(cancellationToken);
            using var response = await _client.Value.GetAsync(location, cancellationToken);
            if (!response.IsSuccessStatusCode) throw new PacException($"it was answered with {(int)response.StatusCode}.");
            return await response.Content.ReadAsStringAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new PacException("there is no such file.", exception);
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new PacException($"it cannot be read ({NamedFile.WhyUnreadable(location, exception)}). Make it readable for the user that runs the proxy.", exception);
        }
        catch (HttpRequestException exception)
        {
            throw new PacException($"it cannot be fetched: {Printable.Escape(exception.Message)}", exception);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PacException($"it was not answered within {FetchTimeout.TotalSeconds} s.", exception);
        }
    }

    public void Dispose()
    {
        if (_client.IsValueCreated) _client.Value.Dispose();
    }

    private async Task<string> ReadFileAsync(CancellationToken cancellationToken)
    {
        if (new FileInfo(location) is { Exists: true, Length: > LargestBytes }) throw new PacException($"it is longer than {LargestBytes} bytes.");
        return await Task.Run(() => NamedFile.ReadText(location), cancellationToken);
    }
}
