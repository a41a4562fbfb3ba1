using System.IO.Pipelines;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using ScriptProxy.Engine.Connections;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Http2;

/// <summary>A client's connection after our TLS, as Kestrel wants to see it. Requests find it again among their features.</summary>
internal sealed class DecryptedConnection : DefaultConnectionContext, ITlsConnectionFeature, ITlsApplicationProtocolFeature
{
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="connection">The client's.</param>
    /// <param name="destination">Where all requests go; null where each says where.</param>
    /// <param name="forwarding">Finds out where each request goes; null where all go to one destination.</param>
    public DecryptedConnection(ProxyConnection connection, Destination? destination, Http2Forwarding? forwarding)
        : base(connection.Client.Id)
    {
        Connection = connection;
        Destination = destination;
        Forwarding = forwarding;
        LocalEndPoint = connection.Client.LocalEndPoint;
        RemoteEndPoint = connection.Client.RemoteEndPoint;
        if (connection.Client.ApplicationProtocol is not null)
        {
            Features.Set<ITlsConnectionFeature>(this);
            Features.Set<ITlsApplicationProtocolFeature>(this);
        }

        Features.Set(this);
        var stream = connection.Wire.HasBuffered ? new BufferedFirstStream(connection.Wire) : connection.Wire.Stream;
        Output = new ClientPipeWriter(stream);
        Transport = new Duplex(
            PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 16 * 1024, minimumReadSize: 4 * 1024, leaveOpen: true, useZeroByteReads: true)),
            Output);
    }

    public ProxyConnection Connection { get; }

    /// <summary>Where all requests go; null where each says where.</summary>
    public Destination? Destination { get; }

    /// <summary>Finds out where each request goes; null where all go to one destination.</summary>
    public Http2Forwarding? Forwarding { get; }

    /// <summary>Where Kestrel writes, and we between.</summary>
    public ClientPipeWriter Output { get; }

    /// <summary>Completes when Kestrel is done with the connection.</summary>
    public Task Ended => _ended.Task;

    public X509Certificate2? ClientCertificate { get; set; }

    public ReadOnlyMemory<byte> ApplicationProtocol => "h2"u8.ToArray();

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(ClientCertificate);

    public override void Abort(ConnectionAbortedException abortReason) => Connection.Abort();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await LastBytesAsync();
        Output.Dispose();
        _ended.TrySetResult();
    }

    // Kestrel is done: what it wrote last (GOAWAY) is sent to a client that takes it.
    private async ValueTask LastBytesAsync()
    {
        await Output.CompleteAsync();
        if (await Task.WhenAny(Output.Sent, Task.Delay(EndTimeout)) == Output.Sent) return;
        Connection.Abort();
        await Output.Sent;
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
