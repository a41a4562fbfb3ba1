using System.Text;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Http1;
using ScriptProxy.Engine.Modes;

namespace ScriptProxy.Engine.Flows;

/// <summary>The request of a flow, on top of the head it arrived with. What nobody changes is written as the bytes received.</summary>
internal sealed class FlowRequest : HttpRequest
{
    private readonly HeaderBlock _head;
    private readonly RequestLine _line;
    private string? _method;
    private string? _target;
    private string? _url; // once asked for, until it changes: a thousand filters may ask

    public FlowRequest(HeaderBlock head, RequestLine line, Destination destination, MessageBody body)
    {
        _head = head;
        _line = line;
        Destination = destination;
        Body = body;
        body.Owner = BodyOwner.Request;
        _method = line.MethodText;
        _target = line.TargetText;
        IsHead = ClientAskedHead = line.IsHead(head);
    }

    public HeaderBlock Head => _head;

    public MessageBody Body { get; }

    /// <summary>Where the request will be sent.</summary>
    public Destination Destination { get; private set; }

    /// <summary>Whether the start line can be copied as it came.</summary>
    public bool IsLineUntouched => _line.IsOriginForm && _method is null && _target is null;

    /// <summary>Whether the upstream's response will not have a body (RFC 9110 §9.3.2).</summary>
    public bool IsHead { get; private set; }

    /// <summary>Whether the client will not read a body, whatever an addon made of its method.</summary>
    public bool ClientAskedHead { get; }

    /// <summary>Whether the client asks to switch protocols (RFC 9110 §7.8).</summary>
    public bool IsUpgrade { get; init; }

    public override Version HttpVersion => _line.Version;

    public override HeaderList Headers => _head;

    public override bool HasBody => Body.Replacement is { } replacement ? !replacement.IsEmpty : Body.Source is not null;

    public override long? ContentLength =>
        Body.Replacement is { } replacement ? replacement.Length :
        Body.IsTransformed ? null : Body.Source is { Framing: { Kind: FramingKind.Length } framing } ? framing.Length : null;

    public override string Method
    {
        get => _method ??= MethodNames.Intern(_line.MethodBytes(_head));
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (!HeaderSyntax.IsToken(value)) throw new ArgumentException($"\"{value}\" is not a method: letters, digits and !#$%&'*+-.^_`|~ only.", nameof(value));
            _method = value;
            IsHead = value == "HEAD";
        }
    }

    public override string Scheme
    {
        get => Destination.Scheme;
        set => MoveTo(value switch
        {
            "http" => Destination with { IsTls = false },
            "https" => Destination with { IsTls = true },
            _ => throw new ArgumentException($"\"{value}\" is not a scheme the proxy speaks: use http or https.", nameof(value)),
        });
    }

    public override string Host
    {
        get => Destination.Host;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            var host = value.Trim('[', ']').ToLowerInvariant();
            if (!Authority.IsHost(host)) throw new ArgumentException($"\"{value}\" is not a host name or IP address.", nameof(value));
            MoveTo(Destination with { Host = host, TlsName = host, Address = null, IsNamedByHost = false });
            UpdateHostHeader();
        }
    }

    public override int Port
    {
        get => Destination.Port;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, 65535);
            MoveTo(Destination with { Port = value });
            UpdateHostHeader();
        }
    }

    public override string Target
    {
        get => _target ??= Encoding.Latin1.GetString(_line.TargetBytes(_head));
        set
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            if (value.AsSpan().ContainsAnyExceptInRange('!', '\u00FF') || value.Contains('\x7F', StringComparison.Ordinal))
                throw new ArgumentException("A request target holds no white space, control characters or characters above U+00FF; percent-encode them.", nameof(value));
            if (value[0] != '/' && value != "*") throw new ArgumentException($"A request target starts with a slash: \"/{value}\".", nameof(value));
            _target = value;
            _url = null;
        }
    }

    public override string Url
    {
        get => _url ??= $"{Destination.Scheme}://{Destination.Authority}{(Target is "*" ? "" : Target)}";
        set
        {
            if (!Uri.TryCreate(value, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }, out var uri) || uri.Scheme is not ("http" or "https"))
                throw new ArgumentException($"\"{value}\" is not an absolute http or https URL.", nameof(value));
            var host = uri.IdnHost.Trim('[', ']').ToLowerInvariant();
            MoveTo(new Destination(uri.Scheme == "https", host, uri.Port, host));
            Target = uri.PathAndQuery.StartsWith('/') ? uri.PathAndQuery : "/" + uri.PathAndQuery;
            UpdateHostHeader();
        }
    }

    /// <summary>The method's bytes as they go out.</summary>
    public ReadOnlySpan<byte> MethodBytes => _method is null ? _line.MethodBytes(_head) : Encoding.Latin1.GetBytes(_method);

    /// <summary>The target's bytes as they go out.</summary>
    public ReadOnlySpan<byte> TargetBytes => _target is null ? _line.TargetBytes(_head) : Encoding.Latin1.GetBytes(_target);

    /// <summary>Whether sending it twice does no more than sending it once (RFC 9110 §9.2.2).</summary>
    public bool IsIdempotent => Method is "GET" or "HEAD" or "OPTIONS" or "TRACE" or "PUT" or "DELETE";

    public override HeaderList? Trailers => Body.Trailers;

    internal override ReadOnlyMemory<byte>? BodyInMemory => Body.InMemory;

    public override ValueTask<ReadOnlyMemory<byte>> ReadBytesAsync(CancellationToken cancellationToken = default) =>
        Body.ReadDecodedAsync(_head, cancellationToken);

    public override void SetBody(ReadOnlyMemory<byte> body) => Body.Replace(body, _head);

    public override void Transform(BodyTransform transform)
    {
        ArgumentNullException.ThrowIfNull(transform);
        Body.Add(new TransformStep(transform, SynchronizationContext.Current as HookContext), _head);
    }

    private void MoveTo(Destination destination)
    {
        Destination = destination;
        _url = null;
    }

    private void UpdateHostHeader() => _head.Set("Host", Destination.Authority);
}
