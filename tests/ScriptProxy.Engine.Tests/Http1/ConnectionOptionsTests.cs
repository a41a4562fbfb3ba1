using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Tests.Http1;

public sealed class ConnectionOptionsTests
{
    [Theory]
    [InlineData("", false, false)]
    [InlineData("Connection: close\r\n", true, false)]
    [InlineData("connection:CLOSE\r\n", true, false)]
    [InlineData("Connection: Keep-Alive\r\n", false, true)]
    [InlineData("Connection: x ,\tclose, keep-alive,,\r\n", true, true)]
    [InlineData("Connection: x\r\nConnection: close\r\n", true, false)]
    [InlineData("Proxy-Connection: close\r\n", true, false)]
    [InlineData("Connection: closed\r\n", false, false)]
    [InlineData("X: close\r\n", false, false)]
    public void CloseAndKeepAlive_Read(string fields, bool close, bool keepAlive)
    {
        var options = ConnectionOptions.Read(Heads.Request(fields), mayUpgrade: true);
        Assert.Equal((close, keepAlive, false), (options.Close, options.KeepAlive, options.Upgrade));
    }

    [Theory]
    [InlineData("A: 1\r\nConnection: a, B\r\nb: 2\r\nC: 3\r\na: 4\r\n", "C: 3\r\n")]
    [InlineData("Keep-Alive: 1\r\nProxy-Connection: x\r\nProxy-Authorization: y\r\nHTTP2-Settings: z\r\nX: 1\r\n", "X: 1\r\n")]
    [InlineData("TE: trailers\r\n", "TE: trailers\r\n")]
    [InlineData("te: Trailers\r\n", "te: Trailers\r\n")]
    [InlineData("TE: gzip\r\nTE: trailers\r\n", "TE: trailers\r\n")]
    [InlineData("TE:\r\n", "")]
    [InlineData("Connection: Host, Content-Length, Transfer-Encoding, TE, Trailer, Expect\r\nHost: a\r\nContent-Length: 1\r\nTE: trailers\r\nTrailer: x\r\nExpect: y\r\n",
        "Host: a\r\nContent-Length: 1\r\nTE: trailers\r\nTrailer: x\r\nExpect: y\r\n")]
    [InlineData("Proxy-Connection: X\r\nX: 1\r\n", "X: 1\r\n")]
    [InlineData("Upgrade: websocket\r\n", "")]
    [InlineData("Connection: close\r\nUpgrade: websocket\r\n", "")]
    [InlineData("Proxy-Authenticate: Basic\r\nVia: 1.1 a\r\nMax-Forwards: 1\r\n", "Proxy-Authenticate: Basic\r\nVia: 1.1 a\r\nMax-Forwards: 1\r\n")]
    public void HopByHopFields_NotForwarded(string fields, string forwarded)
    {
        var head = Heads.Request(fields);
        ConnectionOptions.Read(head, mayUpgrade: true);
        Assert.Equal(forwarded, Heads.Written(head));
    }

    [Theory]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\n", "Connection: Upgrade\r\nUpgrade: websocket\r\n")]
    [InlineData("connection:keep-alive,UPGRADE\r\nupgrade: WebSocket\r\n", "connection:keep-alive,UPGRADE\r\nupgrade: WebSocket\r\n")]
    [InlineData("Connection: X, Upgrade\r\nUpgrade: websocket\r\nX: 1\r\n", "Upgrade: websocket\r\nConnection: Upgrade\r\n")]
    [InlineData("Connection: keep-alive\r\nConnection: Upgrade\r\nUpgrade: a, b/2\r\n", "Upgrade: a, b/2\r\nConnection: Upgrade\r\n")]
    public void Upgrade_Forwarded(string fields, string forwarded)
    {
        var head = Heads.Request(fields);
        Assert.True(ConnectionOptions.Read(head, mayUpgrade: true).Upgrade);
        Assert.Equal(forwarded, Heads.Written(head));
    }

    [Theory]
    [InlineData("Connection: Upgrade\r\nUpgrade: h2c\r\n", true)]
    [InlineData("Connection: Upgrade\r\nUpgrade: H2C\r\n", true)]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n", true)]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n", true)]
    [InlineData("Connection: Upgrade\r\nUpgrade: ,\r\n", true)]
    [InlineData("Connection: Upgrade\r\n", true)]
    [InlineData("Proxy-Connection: Upgrade\r\nUpgrade: websocket\r\n", true)]
    [InlineData("Connection: Upgrade\r\nUpgrade: websocket\r\n", false)]
    public void UpgradeThatIsNotForUs_NotForwarded(string fields, bool mayUpgrade)
    {
        var head = Heads.Request(fields);
        Assert.False(ConnectionOptions.Read(head, mayUpgrade).Upgrade);
        Assert.Equal("", Heads.Written(head));
    }
}
