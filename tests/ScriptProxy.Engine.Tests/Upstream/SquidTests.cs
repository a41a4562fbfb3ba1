using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>Chained through squid, with Basic authentication.</summary>
public sealed class SquidTests : IAsyncLifetime
{
    private const string Squid = "/usr/sbin/squid";
    private const string Authenticator = "/usr/lib/squid/basic_ncsa_auth";

    private readonly string _directory = Directory.CreateTempSubdirectory("scriptproxy-squid-").FullName;
    private readonly int _port = FreePort();
    private Process? _squid;

    public async Task InitializeAsync()
    {
        if (!File.Exists(Squid) || !File.Exists(Authenticator)) throw new InvalidOperationException("squid is missing: apt-get install squid-openssl.");
        File.WriteAllText(Path.Combine(_directory, "hosts"), "127.0.0.1 origin.test\n");

        // The password is "p@ss", as htpasswd writes it.
        File.WriteAllText(Path.Combine(_directory, "users"), "user:$apr1$abcdefgh$MNs1srWp03T8XAJZcWuBx/\n");
        File.WriteAllText(Path.Combine(_directory, "squid.conf"), $"""
            http_port 127.0.0.1:{_port}
            hosts_file {_directory}/hosts
            auth_param basic program {Authenticator} {_directory}/users
            acl users proxy_auth REQUIRED
            acl forbidden dstdomain forbidden.test
            http_access deny forbidden
            http_access allow users
            http_access deny all
            cache deny all
            pid_filename none
            access_log none
            cache_log /dev/null
            cache_store_log none
            coredump_dir /tmp
            shutdown_lifetime 0 seconds
            """);

        // It gives up root for a user of its own, who has to be able to read this.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        _squid = Process.Start(new ProcessStartInfo(Squid, ["-N", "-f", Path.Combine(_directory, "squid.conf")]) { RedirectStandardError = true })!;
        await TestDeadline.PollAsync(() => _squid.HasExited || Listens() ? _squid : null, () => "squid did not begin to listen.");
        if (_squid.HasExited) throw new InvalidOperationException("squid ended: " + await _squid.StandardError.ReadToEndAsync());
    }

    public async Task DisposeAsync()
    {
        if (_squid is not null)
        {
            if (!_squid.HasExited) _squid.Kill(entireProcessTree: true);
            await _squid.WaitForExitAsync();
            _squid.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("http", "1.1")]
    [InlineData("https", "1.1")]
    [InlineData("https", "2.0")]
    public async Task Requests_GoThrough(string scheme, string version)
    {
        await using var origin = await TestOrigin.StartAsync(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            await context.Response.WriteAsync($"{await reader.ReadToEndAsync()} {context.Request.Headers.Via} {context.Request.Headers.ProxyAuthorization}|");
        });
        await using var proxy = await HttpProxyTests.StartAsync($"http://user:p%40ss@127.0.0.1:{_port}");
        var client = proxy.CreateClient(Version.Parse(version));
        var port = scheme == "http" ? origin.HttpEndPoint.Port : origin.HttpsEndPoint.Port;

        for (var i = 0; i < 3; i++)
        {
            using var response = await client.PostAsync($"{scheme}://origin.test:{port}/", new StringContent($"body {i}"));

            // Squid shows itself where it was handed the URL, and nowhere else.
            var text = await response.Content.ReadAsStringAsync();
            Assert.StartsWith($"body {i} ", text, StringComparison.Ordinal);
            Assert.Equal(scheme == "http", text.Contains("squid", StringComparison.Ordinal));
            Assert.EndsWith(" |", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("", "asks for credentials (407)")]
    [InlineData("user:wrong@", "did not accept its credentials (407)")]
    public async Task CredentialsMissingOrWrong_AreExplained(string userInfo, string details)
    {
        await using var proxy = await HttpProxyTests.StartAsync($"http://{userInfo}127.0.0.1:{_port}");

        await HttpProxyFailureTests.AssertFailsAsync(proxy, "https://origin.test/", 502, "proxy_configuration_error", details);
    }

    [Fact]
    public async Task DestinationThatSquidForbids_IsRefused()
    {
        await using var proxy = await HttpProxyTests.StartAsync($"http://user:p%40ss@127.0.0.1:{_port}");

        await HttpProxyFailureTests.AssertFailsAsync(proxy, "https://forbidden.test/", 403, "http_request_denied", "refused to connect to forbidden.test:443 (403).");
    }

    [Fact]
    public async Task DestinationThatIsNotThere_IsExplained()
    {
        await using var proxy = await HttpProxyTests.StartAsync($"http://user:p%40ss@127.0.0.1:{_port}");

        await HttpProxyFailureTests.AssertFailsAsync(proxy, "https://origin.test:1/", 502, "destination_unavailable", "could not reach origin.test:1 (503).");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private bool Listens()
    {
        try
        {
            using var client = new TcpClient();
            client.Connect(IPAddress.Loopback, _port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
