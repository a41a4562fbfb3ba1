using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using ScriptProxy.Engine.Tests.Certificates;
using ScriptProxy.Engine.Tls;

namespace ScriptProxy.Engine.Tests.Tls;

public sealed class InterceptionRulesTests
{
    [Theory]
    [InlineData("", "", false, "origin.test", null, false)]
    [InlineData("", "", true, "origin.test", null, true)]
    [InlineData("origin.test", "", false, "origin.test", null, true)]
    [InlineData("origin.test", "", false, "other.test", "origin.test", true)]
    [InlineData("origin.test", "", false, "origin.test", "other.test", true)]
    [InlineData("origin.test", "", false, "other.test", "another.test", false)]
    [InlineData("", "origin.test", true, "origin.test", null, false)]
    [InlineData("", "origin.test", true, "10.0.0.1", "origin.test", false)]
    [InlineData("", "origin.test", true, "other.test", null, true)]
    [InlineData("*.origin.test", "api.origin.test", true, "api.origin.test", null, true)]
    [InlineData("10.0.0.0/8", "", false, "10.1.2.3", "origin.test", true)]
    [InlineData("origin.test:8443", "", false, "origin.test", null, false)]
    [InlineData("/^o.*test$/", "", false, "origin.test", null, true)]
    public void FirstRuleThatApplies_Decides(string ignore, string intercept, bool tunnel, string host, string? serverName, bool isTunnelled)
    {
        var rules = new InterceptionRules(new ProxyOptions { Ignore = List(ignore), Intercept = List(intercept), Tunnel = tunnel });

        Assert.Equal(isTunnelled, rules.IsTunnelled(Client(1), host, 443, Hello(host, serverName)));
    }

    [Theory]
    [InlineData("", "", false, false)]
    [InlineData("", "", true, true)]
    [InlineData("origin.test", "", false, true)]
    [InlineData("other.test", "", false, false)]
    [InlineData("", "other.test", true, false)]
    public void NothingIsLookedAt_OnlyWhereNoNameInTlsCouldChangeIt(string ignore, string intercept, bool tunnel, bool isUnread)
    {
        var rules = new InterceptionRules(new ProxyOptions { Ignore = List(ignore), Intercept = List(intercept), Tunnel = tunnel });

        Assert.Equal(isUnread, rules.IsUnread("origin.test", 443));
    }

    [Theory]
    [InlineData("", true, false)]
    [InlineData("origin.test", true, true)]
    [InlineData("", false, true)]
    public void RootCertificate_IsNeededWhereSomethingMayBeIntercepted(string intercept, bool tunnel, bool isNeeded) =>
        Assert.Equal(isNeeded, new InterceptionRules(new ProxyOptions { Intercept = List(intercept), Tunnel = tunnel }).MayIntercept);

    [Fact]
    public void Alert_IsLearntAtOnce_ForThatClientAndHostAlone()
    {
        var (rules, learned, _) = Learning("");

        learned.Rejected(Failure(Client(1), "origin.test", null, alert: 48));

        Assert.True(rules.IsTunnelled(Client(1), "origin.test", 443, Hello("origin.test", null)));
        Assert.False(rules.IsTunnelled(Client(2), "origin.test", 443, Hello("origin.test", null)));
        Assert.False(rules.IsTunnelled(Client(1), "other.test", 443, Hello("other.test", null)));
        Assert.False(rules.IsTunnelled(Client(1), "origin.test", 443, hello: null));
    }

    [Fact]
    public void OtherAlert_IsNotLearnt()
    {
        var (rules, learned, _) = Learning("");

        for (var i = 0; i < 3; i++) learned.Rejected(Failure(Client(1), "origin.test", null, alert: 40));

        Assert.False(rules.IsTunnelled(Client(1), "origin.test", 443, Hello("origin.test", null)));
    }

    [Fact]
    public void HangingUp_IsLearntAtTheSecondTime()
    {
        var (rules, learned, _) = Learning("");

        learned.Rejected(Failure(Client(1), "origin.test", null, alert: null));
        Assert.False(rules.IsTunnelled(Client(1), "origin.test", 443, Hello("origin.test", null)));
        learned.Rejected(Failure(Client(1), "origin.test", null, alert: null));
        Assert.True(rules.IsTunnelled(Client(1), "origin.test", 443, Hello("origin.test", null)));
    }

    [Fact]
    public void HangingUp_OfAClientThatHasSentRequests_IsNotLearnt()
    {
        var (rules, learned, _) = Learning("");

        learned.Accepted(Client(1), "origin.test", null);
        for (var i = 0; i < 3; i++) learned.Rejected(Failure(Client(1), "origin.test", null, alert: null));

        Assert.False(rules.IsTunnelled(Client(1), "origin.test", 443, Hello("origin.test", null)));
    }

    [Fact]
    public void WhatWasLearnt_IsForgottenInTime()
    {
        var (rules, learned, time) = Learning("");
        learned.Rejected(Failure(Client(1), "origin.test", null, alert: 48));

        time.Now += TimeSpan.FromMinutes(10);

        Assert.False(rules.IsTunnelled(Client(1), "origin.test", 443, Hello("origin.test", null)));
    }

    [Fact]
    public void WhatWasLearnt_GivesWayToIntercept()
    {
        var (rules, learned, _) = Learning("origin.test");

        learned.Rejected(Failure(Client(1), "origin.test", null, alert: 48));

        Assert.False(rules.IsTunnelled(Client(1), "origin.test", 443, Hello("origin.test", null)));
    }

    [Theory]
    [InlineData("origin.test", "front.test", "origin.test", "other-front.test", true)]
    [InlineData("origin.test", "front.test", "other.test", "front.test", false)]
    [InlineData("10.0.0.1", "origin.test", "10.0.0.2", "origin.test", true)]
    [InlineData("10.0.0.1", null, "10.0.0.1", null, true)]
    [InlineData("10.0.0.1", null, "10.0.0.2", null, false)]
    public void NameOfTheDestination_StandsForTheHost_AndThatInTlsOnlyForAnAddress(string host, string? serverName, string nextHost, string? nextServerName, bool isTunnelled)
    {
        var (rules, learned, _) = Learning("");

        learned.Rejected(Failure(Client(1), host, serverName, alert: 48));

        Assert.Equal(isTunnelled, rules.IsTunnelled(Client(1), nextHost, 443, Hello(nextHost, nextServerName)));
    }

    private static (InterceptionRules Rules, LearnedTunnels Learned, ManualTime Time) Learning(string intercept)
    {
        var time = new ManualTime();
        var learned = new LearnedTunnels(TimeSpan.FromMinutes(10), time, NullLogger<LearnedTunnels>.Instance);
        return (new InterceptionRules(new ProxyOptions { AutoTunnel = true, Intercept = List(intercept) }, learned), learned, time);
    }

    private static TlsFailure Failure(ClientConnection client, string host, string? serverName, int? alert) =>
        new(TlsSide.Client, client, host, 443, "") { ServerName = serverName, Alert = alert, WasCut = alert is null };

    private static TlsClientHello Hello(string host, string? serverName) => new(Client(1), host, 443) { ServerName = serverName };

    private static ClientConnection Client(int number) =>
        new("c", new IPEndPoint(new IPAddress([127, 0, 0, (byte)number]), 1), new IPEndPoint(IPAddress.Loopback, 2), DateTimeOffset.UnixEpoch);

    private static string[] List(string text) => text.Length == 0 ? [] : [text];
}
