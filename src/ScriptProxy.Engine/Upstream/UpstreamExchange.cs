using ScriptProxy.Engine.Flows;
using ScriptProxy.Engine.Http1;

namespace ScriptProxy.Engine.Upstream;

/// <summary>One request and its response, whatever protocol the upstream speaks. Made by <see cref="UpstreamClient"/>, ended by the pipeline.</summary>
internal abstract class UpstreamExchange
{
    /// <summary>The connection, for addons.</summary>
    public abstract ServerConnection Server { get; }

    /// <summary>The connection once its response switched protocols (101), which only HTTP/1.1 can.</summary>
    public abstract UpstreamConnection UpgradedConnection { get; }

    /// <summary>The request body still on its way; null when it went out with the head.</summary>
    public abstract RequestUpload? Upload { get; }

    /// <summary>Whether the rest of the request still has somewhere to go, once the response is through.</summary>
    public abstract bool TakesUpload { get; }

    /// <summary>Waits until <see cref="TakesUpload"/> changes, or the upload has ended.</summary>
    public virtual Task UntilUploadEndsAsync(RequestUpload upload) => upload.EndAsync();

    /// <summary>Whether the connection had served others before: only then can a failure mean that it had gone stale.</summary>
    public abstract bool IsReused { get; }

    /// <summary>Sends the head with what there is of the body; the rest follows on its own.</summary>
    public abstract ValueTask SendRequestAsync(WireBuffer buffer);

    /// <summary>Reads the response head; 1xx responses before it are passed on to the client (RFC 9110 §15.2).</summary>
    /// <exception cref="FlowException">There was none, or it is not HTTP.</exception>
    public abstract ValueTask<FlowResponse> ReadResponseAsync(WireBuffer buffer);

    /// <summary>Cuts it, from any thread: whoever waits for it wakes up and fails.</summary>
    public abstract void Abort();

    /// <summary>Gives the connection back to be kept where everything was read and sent, and ends it otherwise. After the upload has ended.</summary>
    public abstract void End();
}
