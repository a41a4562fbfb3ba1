namespace ScriptProxy.Engine.Tests.Embedding;

/// <summary>What comes after the addons: answers each request by a function, and keeps what it was sent.</summary>
internal sealed class NextHandler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> answerAsync) : HttpMessageHandler
{
    public NextHandler(Func<HttpRequestMessage, HttpResponseMessage> answer)
        : this((request, _) => Task.FromResult(answer(request)))
    {
    }

    public List<HttpRequestMessage> Requests { get; } = [];

    /// <summary>The bodies of the requests as UTF-8; null for those without.</summary>
    public List<string?> Bodies { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        Bodies.Add(request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken));
        return await answerAsync(request, cancellationToken);
    }
}
