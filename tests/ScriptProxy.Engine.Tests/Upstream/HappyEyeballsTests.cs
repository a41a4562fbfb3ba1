using System.Net;
using System.Net.Sockets;
using ScriptProxy.Engine.Tests.Addons;
using ScriptProxy.Engine.Upstream.Dialling;
using ScriptProxy.Testing;

namespace ScriptProxy.Engine.Tests.Upstream;

/// <summary>RFC 8305, on a clock that only moves when it is told to.</summary>
public sealed class HappyEyeballsTests
{
    private static readonly IPEndPoint[] Both = [Six(1), Six(2), Four(1), Four(2)];

    private readonly ManualTimers _time = new();
    private readonly Attempts _attempts = new();

    [Fact]
    public void Families_TakeTurns() => Assert.Equal([Six(1), Four(1), Six(2), Four(2)], HappyEyeballs.Interleave(Both));

    [Fact]
    public void FamilyOfTheFirst_Begins() => Assert.Equal([Four(1), Six(1), Four(2), Four(3)], HappyEyeballs.Interleave([Four(1), Four(2), Four(3), Six(1)]));

    [Fact]
    public async Task FirstThatAccepts_LeavesOthersAlone()
    {
        var racing = RaceAsync();
        _attempts.Accept(0);

        Assert.Equal(Six(1), (await racing).EndPoint);
        Assert.Equal(1, _attempts.Count);
    }

    [Fact]
    public async Task FirstThatIsSilent_GetsACompetitorAfterTheDelay()
    {
        var racing = RaceAsync();
        Assert.Equal(1, _attempts.Count);
        _time.Advance(HappyEyeballs.AttemptDelay - TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, _attempts.Count);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        await _attempts.WaitAsync(2);
        _attempts.Accept(1);

        Assert.Equal(Four(1), (await racing).EndPoint);
    }

    [Fact]
    public async Task FailedAttempt_IsFollowedAtOnce()
    {
        var racing = RaceAsync();
        _attempts.Fail(0, SocketError.ConnectionRefused);
        await _attempts.WaitAsync(2);
        _attempts.Fail(1, SocketError.ConnectionRefused);
        await _attempts.WaitAsync(3);
        _attempts.Accept(2);

        Assert.Equal(Six(2), (await racing).EndPoint);
    }

    [Fact]
    public async Task SlowFirst_MayStillWin_AndTheOtherIsCancelled()
    {
        var racing = RaceAsync();
        _time.Advance(HappyEyeballs.AttemptDelay);
        await _attempts.WaitAsync(2);
        _attempts.Accept(0);

        Assert.Equal(Six(1), (await racing).EndPoint);
        Assert.True(_attempts.IsCancelled(1));
    }

    [Fact]
    public async Task ConnectionThatComesTooLate_IsClosed()
    {
        var racing = RaceAsync();
        _time.Advance(HappyEyeballs.AttemptDelay);
        await _attempts.WaitAsync(2);
        _attempts.Accept(0);
        await racing;

        var late = _attempts.Accept(1);

        await TestDeadline.PollAsync(() => late.IsDisposed ? late : null, () => "The losing connection stayed open.");
    }

    [Fact]
    public async Task AllFail_TheClearestReasonIsTold()
    {
        var racing = RaceAsync();
        SocketError[] errors = [SocketError.NetworkUnreachable, SocketError.ConnectionRefused, SocketError.NetworkUnreachable, SocketError.TimedOut];
        for (var i = 0; i < errors.Length; i++)
        {
            await _attempts.WaitAsync(i + 1);
            _attempts.Fail(i, errors[i]);
        }

        Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(() => racing)).SocketErrorCode);
    }

    [Fact]
    public async Task TimeIsOver_AllAttemptsEnd()
    {
        using var over = new CancellationTokenSource();
        var racing = RaceAsync(over.Token);
        _time.Advance(HappyEyeballs.AttemptDelay);
        await _attempts.WaitAsync(2);

        await over.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => racing);
        Assert.True(_attempts.IsCancelled(0) && _attempts.IsCancelled(1));
    }

    private static IPEndPoint Four(int last) => new(IPAddress.Parse($"192.0.2.{last}"), 443);

    private static IPEndPoint Six(int last) => new(IPAddress.Parse($"2001:db8::{last}"), 443);

    private Task<Connection> RaceAsync(CancellationToken cancellationToken = default) => new HappyEyeballs(_time).ConnectAsync(Both, _attempts.ConnectAsync, cancellationToken);

    private sealed class Connection(IPEndPoint endPoint) : IDisposable
    {
        public IPEndPoint EndPoint => endPoint;

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }

    private sealed class Attempts
    {
        private readonly List<(IPEndPoint EndPoint, TaskCompletionSource<Connection> Result, CancellationToken Token)> _all = [];

        public int Count
        {
            get
            {
                lock (_all) return _all.Count;
            }
        }

        public Task<Connection> ConnectAsync(IPEndPoint endPoint, CancellationToken cancellationToken)
        {
            var result = new TaskCompletionSource<Connection>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_all) _all.Add((endPoint, result, cancellationToken));
            return result.Task;
        }

        public Task<object> WaitAsync(int count) => TestDeadline.PollAsync<object>(() => Count >= count ? this : null, () => $"Attempt {count} did not begin.");

        public Connection Accept(int index)
        {
            lock (_all)
            {
                var connection = new Connection(_all[index].EndPoint);
                _all[index].Result.SetResult(connection);
                return connection;
            }
        }

        public void Fail(int index, SocketError error)
        {
            lock (_all) _all[index].Result.SetException(new SocketException((int)error));
        }

        public bool IsCancelled(int index)
        {
            lock (_all) return _all[index].Token.IsCancellationRequested;
        }
    }
}
