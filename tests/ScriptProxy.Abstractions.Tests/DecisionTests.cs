using System.Net;

namespace ScriptProxy.Abstractions.Tests;

public sealed class DecisionTests
{
    private static readonly ClientConnection Client = new("c1", new IPEndPoint(IPAddress.Loopback, 1), new IPEndPoint(IPAddress.Loopback, 2), DateTimeOffset.UnixEpoch);

    [Fact]
    public void ClientHello_LastDecisionCounts()
    {
        var hello = new TlsClientHello(Client, "origin.test", 443);
        Assert.Equal(ConnectDecision.Default, hello.Decision);

        hello.Tunnel();
        hello.Deny("not today");

        Assert.Equal(ConnectDecision.Deny, hello.Decision);
        Assert.Equal("not today", hello.DenyReason);
    }

    [Fact]
    public void Refuse_KeepsTheReason()
    {
        var client = new ClientConnection("c2", Client.RemoteEndPoint, Client.LocalEndPoint, DateTimeOffset.UnixEpoch);
        Assert.Null(client.Refusal);

        client.Refuse("unknown network");

        Assert.Equal("unknown network", client.Refusal);
    }

    [Fact]
    public void Metadata_IsKeptWithTheConnection()
    {
        Client.Metadata["user"] = "ada";

        Assert.Equal("ada", Client.Metadata["user"]);
    }

    [Fact]
    public void BodyTooLarge_NamesTheLimit() => Assert.Contains("body limit", new BodyTooLargeException().Message, StringComparison.Ordinal);
}
