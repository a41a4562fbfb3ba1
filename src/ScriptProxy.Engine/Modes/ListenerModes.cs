using Microsoft.Extensions.Logging;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Authentication;
using ScriptProxy.Engine.Certificates;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http2;
using ScriptProxy.Engine.Tls;
using ScriptProxy.Engine.Upstream;

namespace ScriptProxy.Engine.Modes;

/// <summary>Makes what a listener needs to serve its clients, of the rooms that all of them share.</summary>
internal sealed class ListenerModes(
    FlowPipeline pipeline, ProtocolSwitch protocols, KestrelHttp2 http2, TlsInterceptor interceptor, RootInForce root,
    Generations generations, Heartbeat heartbeat, OwnAddresses ownAddresses, ProxyOptions options, ILoggerFactory loggers, TimeProvider time)
{
    private readonly FailedLogins _failedLogins = new(time);

    /// <summary>Takes a client of a listener through the rooms, until it leaves. Every mode that <see cref="ModeSpec"/> can name is here.</summary>
    /// <exception cref="ProxyStartException">A file that the listener was given cannot be used.</exception>
    public Func<ProxyConnection, Task> Make(ListenerSettings settings) => settings.Mode.Name switch
    {
        ModeSpec.Regular => new RegularMode(pipeline, protocols, NewTls(settings), new BasicAuthentication(NewAuthenticator(settings)), http2, options).ServeAsync,
        ModeSpec.Socks5 => new Socks5Mode(protocols, NewAuthenticator(settings), options).ServeAsync,
        ModeSpec.Reverse when settings.ReverseTarget is { IsRelayed: true } target => new RelayMode(target.Destination, protocols).ServeAsync,
        ModeSpec.Reverse => new ReverseMode(settings.ReverseTarget, NewTls(settings), protocols, pipeline, http2, options).ServeAsync,
        ModeSpec.Transparent => NewTransparent(),
        _ => throw new InvalidOperationException("Validated before."),
    };

    private Func<ProxyConnection, Task> NewTransparent()
    {
        ownAddresses.WatchesDials = true;
        return new TransparentMode(protocols, ownAddresses, loggers.CreateLogger<TransparentMode>()).ServeAsync;
    }

    private ListenerTls NewTls(ListenerSettings settings)
    {
        ListenerCertificate? given = null;
        if (settings.Options.Cert is { } path)
        {
            given = Placed(settings, () => new ListenerCertificate(path, settings.Options.Key, !options.NoHttp2, loggers.CreateLogger<ListenerCertificate>()));
            heartbeat.AddChore(given.Refresh);
        }

        return new ListenerTls(interceptor, root, given, options);
    }

    private ProxyAuthenticator NewAuthenticator(ListenerSettings settings)
    {
        ProxyUsers? users = null;
        if (settings.HasUsers)
        {
            users = Placed(settings, () => new ProxyUsers(settings.Options.ProxyAuth, settings.Options.ProxyAuthFile, loggers.CreateLogger<ProxyUsers>()));
            heartbeat.AddChore(users.Refresh);
        }

        return new ProxyAuthenticator(users, generations, _failedLogins, loggers.CreateLogger<ProxyAuthenticator>());
    }

    /// <summary>Names the listener whose file cannot be used.</summary>
    private static T Placed<T>(ListenerSettings settings, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (ProxyStartException exception)
        {
            throw new ProxyStartException($"{settings.Place}: {exception.Message}", exception);
        }
    }
}
