using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Modes;
using ScriptProxy.Engine.Recording;
using ScriptProxy.Engine.Upstream.Routing;

namespace ScriptProxy.Engine.Upstream.Pac;

/// <summary>
/// An upstream that a PAC script chooses for each host. What it said of a host holds for a while; the script is read again after an interval, and the
/// last one that worked serves until another does. Thread-safe.
/// </summary>
internal sealed partial class PacHop : NextHop, IDisposable
{
    private const int MostRemembered = 1000;
    private static readonly TimeSpan AnswerTime = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ScriptTimeout = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly PacSource _source;
    private readonly PacInterpreters _interpreters;
    private readonly NextHops _hops;
    private readonly TimeSpan _refresh;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _loading = new(1);
    private readonly ConcurrentDictionary<(string Host, int Port, bool IsTls), (string Text, long At)> _answers = new();
    private readonly ConcurrentDictionary<(Route Route, string Text), Route> _routes = new();
    private PacScript? _script;
    private string? _text;
    private long _loadedAt;

    /// <param name="plan">Which script.</param>
    /// <param name="hops">Makes what the script names.</param>
    /// <param name="time">When it is read again, and what its clock says.</param>
    /// <param name="logger">Gets what the script says, and why it could not be read again.</param>
    public PacHop(UpstreamPlan plan, NextHops hops, TimeProvider time, ILogger logger)
    {
        _name = plan.Name;
        _source = new PacSource(plan.Url.Script!);
        _hops = hops;
        _refresh = plan.Refresh;
        _time = time;
        _logger = logger;
        _interpreters = new PacInterpreters(_source.Shown, ScriptTimeout, time, said => Log.Alert(logger, _source.Shown, Printable.Escape(said)));
    }

    public override string Name => _name;

    /// <summary>Loads a script that is a file: one that cannot work stops the start. One to be fetched may come later.</summary>
    /// <exception cref="PacException">It cannot work.</exception>
    public async Task PrepareAsync()
    {
        if (_source.IsFile) await LoadAsync();
    }

    /// <summary>Asks the script.</summary>
    /// <param name="route">The route that led here.</param>
    /// <param name="host">A DNS name in lower case, or an IP address without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="isTls">Whether what passes is TLS.</param>
    /// <exception cref="FlowException">The script cannot be had, failed, or said nothing that can be followed.</exception>
    public async ValueTask<Route> ChooseAsync(Route route, string host, int port, bool isTls)
    {
        try
        {
            var script = await CurrentAsync();
            if (!_answers.TryGetValue((host, port, isTls), out var answer) || _time.GetElapsedTime(answer.At) > AnswerTime)
                answer = await AskAsync(script, host, port, isTls);
            return _routes.TryGetValue((route, answer.Text), out var chosen) ? chosen : Remember(route, answer.Text);
        }
        catch (PacException exception)
        {
            throw new FlowException(FlowErrors.Pac(_name, exception.Message), exception);
        }
    }

    public override Task<OpenWay> ConnectAsync(HopTarget target, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A PAC script chooses what is dialled; it is not dialled itself.");

    public void Dispose()
    {
        _script?.Dispose();
        _source.Dispose();
        _loading.Dispose();
    }

    private async Task<(string Text, long At)> AskAsync(PacScript script, string host, int port, bool isTls)
    {
        // Without path and query, which are nobody's business and would make every request a question of its own.
        var url = $"{(isTls ? "https" : "http")}://{Authority.Format(host, port, isTls ? 443 : 80)}/";
        var answer = (Text: await script.FindProxyAsync(url, host), At: _time.GetTimestamp());
        if (_answers.Count >= MostRemembered) _answers.Clear();
        _answers[(host, port, isTls)] = answer;
        return answer;
    }

    private Route Remember(Route route, string text)
    {
        var hops = PacAnswer.Read(text).Select(url => _hops.OfAnswer(_name, url)).Distinct().ToList();
        NextHop hop = hops.Count == 1 ? hops[0] : new FailoverHop(hops, _time);
        if (_routes.Count >= MostRemembered) _routes.Clear();
        return _routes.GetOrAdd((route, text), new Route(hop, route.Reason is null ? "PAC" : $"PAC, {route.Reason}"));
    }

    private async ValueTask<PacScript> CurrentAsync()
    {
        if (_script is { } current && _time.GetElapsedTime(Volatile.Read(ref _loadedAt)) < _refresh) return current;
        if (_script is null) return await LoadAsync();

        // The one that is there serves until the next one is.
        if (_loading.CurrentCount > 0) _ = RefreshAsync();
        return _script;
    }

    private async Task RefreshAsync()
    {
        try
        {
            await LoadAsync();
        }
        catch (PacException exception)
        {
            Volatile.Write(ref _loadedAt, _time.GetTimestamp());
            Log.NotRefreshed(_logger, _source.Shown, exception.Message);
        }
        catch (ObjectDisposedException)
        {
            // The proxy has stopped meanwhile.
        }
    }

    private async Task<PacScript> LoadAsync()
    {
        await _loading.WaitAsync();
        try
        {
            if (_script is { } other && _time.GetElapsedTime(_loadedAt) < _refresh) return other;
            var text = await _source.ReadAsync(CancellationToken.None);
            if (_script is null || text != _text)
            {
                var loaded = await _interpreters.LoadAsync(text);
                _script?.Dispose();
                (_script, _text) = (loaded, text);
                _answers.Clear();
            }

            Volatile.Write(ref _loadedAt, _time.GetTimestamp());
            return _script;
        }
        finally
        {
            _loading.Release();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The PAC script {Script} could not be read again, the last one goes on: {Problem}")]
        public static partial void NotRefreshed(ILogger logger, string script, string problem);

        [LoggerMessage(2, LogLevel.Information, "The PAC script {Script} says: {Text}")]
        public static partial void Alert(ILogger logger, string script, string text);
    }
}
