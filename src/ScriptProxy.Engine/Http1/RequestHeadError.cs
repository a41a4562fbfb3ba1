namespace ScriptProxy.Engine.Http1;

/// <summary>Why a request head was refused before there was a flow.</summary>
/// <param name="StatusCode">400, 408, 414, 431, 501 or 505.</param>
/// <param name="Message">One line for the client.</param>
internal sealed record RequestHeadError(int StatusCode, string Message);
