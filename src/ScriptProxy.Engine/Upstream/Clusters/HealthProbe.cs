using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Upstream.Dialling;

namespace ScriptProxy.Engine.Upstream.Clusters;

/// <summary>One active check: a connection, and if a path is configured a GET on it, whose status must be a good one. Nothing of the body is read.</summary>
internal sealed class HealthProbe
{
    private const int LongestStatusLine = 1024;
    private const int ShortestStatusLine = 12;

    private readonly HealthOptions _options;
    private readonly StatusCodes _expected;
    private readonly SocketDialler _dialler;
    private readonly UpstreamTrust _trust;

    public HealthProbe(HealthOptions options, SocketDialler dialler, UpstreamTrust trust)
    {
        _options = options;
        _expected = StatusCodes.Parse("expected", options.Expected, []);
        _dialler = dialler;
        _trust = trust;
    }

    /// <summary>Checks an endpoint.</summary>
    /// <returns>Why it is not well, in a few words; null when it is.</returns>
    /// <exception cref="OperationCanceledException">The time is over, or the proxy stops.</exception>
    public async Task<string?> CheckAsync(Endpoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            using var socket = await _dialler.ConnectAsync(endpoint.Host, endpoint.Port, isTrusted: true, cancellationToken);
            if (_options.Path is null) return null;
            await using Stream plain = new NetworkStream(socket, ownsSocket: false);
            if (!_options.Tls) return await AskAsync(plain, endpoint, cancellationToken);

            await using var tls = new SslStream(plain);
            await tls.AuthenticateAsClientAsync(_trust.For(Destination.Tls(endpoint.Host, endpoint.Port, _options.Host), http2: false), cancellationToken);
            return await AskAsync(tls, endpoint, cancellationToken);
        }
        catch (FlowException exception)
        {
            return exception.Error.Type;
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            return "the connection broke";
        }
        catch (Exception exception) when (exception is AuthenticationException or InvalidHostNameException)
        {
            return $"TLS failed: {Recording.Printable.Escape(exception.InnerException?.Message ?? exception.Message)}";
        }
    }

    private async Task<string?> AskAsync(Stream stream, Endpoint endpoint, CancellationToken cancellationToken)
    {
        var request = $"GET {_options.Path} HTTP/1.1\r\nHost: {_options.Host ?? endpoint.Name}\r\nUser-Agent: scriptproxy-health\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), cancellationToken);

        var buffer = new byte[LongestStatusLine];
        var length = 0;
        while (length < ShortestStatusLine)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0) return "no response";
            length += read;
        }

        var line = Encoding.ASCII.GetString(buffer, 0, ShortestStatusLine);
        if (!line.StartsWith("HTTP/1.", StringComparison.Ordinal) || !int.TryParse(line.AsSpan(9), System.Globalization.NumberStyles.None, null, out var code)) return "no HTTP response";
        return _expected.Contains(code) ? null : $"{_options.Path} answered {code}";
    }
}
