using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using ScriptProxy.Engine.Addons;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Flows;

/// <summary>The response of a flow: an origin's head, or one made by an addon or the proxy.</summary>
internal sealed class FlowResponse : HttpResponse
{
    // An addon that made a body has it in memory already; what it decodes or transforms to is bounded all the same.
    private const long LocalLimitBytes = 64 * 1024 * 1024;

    private readonly HeaderBlock _head;
    private int _statusCode;
    private string? _reasonPhrase;

    /// <param name="head">The head as received, or without bytes.</param>
    /// <param name="statusCode">100 to 599.</param>
    /// <param name="version">1.0, 1.1 or 2.0.</param>
    /// <param name="body">Its body.</param>
    public FlowResponse(HeaderBlock head, int statusCode, Version version, MessageBody body)
    {
        _head = head;
        _statusCode = statusCode;
        HttpVersion = version;
        Body = body;
        IsLineUntouched = head.StartLineLength > 0;
    }

    public HeaderBlock Head => _head;

    public MessageBody Body { get; }

    /// <summary>Whether the status line can be copied as it came.</summary>
    public bool IsLineUntouched { get; private set; }

    public override Version HttpVersion { get; }

    public override HeaderList Headers => _head;

    public override bool IsLocal => _head.StartLineLength == 0 && Body.Source is null;

    public override bool HasBody => Body.Replacement is { } replacement ? !replacement.IsEmpty : Body.Source is not null;

    public override long? ContentLength =>
        Body.Replacement is { } replacement ? replacement.Length :
        Body.IsTransformed ? null : Body.Source is { Framing: { Kind: FramingKind.Length } framing } ? framing.Length : null;

    public override int StatusCode
    {
        get => _statusCode;
        set
        {
            CheckStatus(value);
            if (value == _statusCode) return;
            _statusCode = value;
            _reasonPhrase = ReasonPhrases.GetReasonPhrase(value);
            IsLineUntouched = false;
        }
    }

    public override string ReasonPhrase
    {
        get => _reasonPhrase ??= ReadReason();
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            if (value.AsSpan().ContainsAnyExceptInRange(' ', '\u00FF')) throw new ArgumentException("A reason phrase holds no control characters.", nameof(value));
            _reasonPhrase = value;
            IsLineUntouched = false;
        }
    }

    public static FlowResponse Local(int statusCode, ReadOnlyMemory<byte> body, IEnumerable<KeyValuePair<string, string>>? headers)
    {
        CheckStatus(statusCode);
        var head = new HeaderBlock();
        if (headers is not null)
        {
            foreach (var (name, value) in headers) head.Add(name, value);
        }

        var message = new MessageBody(null, LocalLimitBytes);
        message.SetWire(body, head["Content-Encoding"]);
        return new FlowResponse(head, statusCode, System.Net.HttpVersion.Version11, message);
    }

    /// <summary>The proxy's own answer to what went wrong: one line of text and a Proxy-Status (RFC 9209).</summary>
    public static FlowResponse Of(FlowError error)
    {
        var statusCode = error.StatusCode == 0 ? 502 : error.StatusCode;
        return Local(statusCode, Encoding.UTF8.GetBytes(error.Message + "\n"),
        [
            new("Content-Type", "text/plain; charset=utf-8"),
            new("Proxy-Status", $"scriptproxy; error={error.Type}; details=\"{Quoted(error.Message)}\""),
        ]);
    }

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

    private static void CheckStatus(int statusCode)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(statusCode, 200);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(statusCode, 599);
    }

    // RFC 9651 §3.3.3: a quoted string is printable ASCII with backslash escapes.
    private static string Quoted(string text) =>
        string.Concat(text.Select(c => c is '"' or '\\' ? "\\" + c : c is >= ' ' and <= '~' ? c.ToString() : "?"));

    private string ReadReason()
    {
        if (_head.StartLineLength == 0) return ReasonPhrases.GetReasonPhrase(_statusCode);
        var line = _head.StartLine;
        return line.Length > 13 ? Encoding.Latin1.GetString(line[13..]) : "";
    }
}
