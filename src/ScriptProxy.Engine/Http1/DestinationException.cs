namespace ScriptProxy.Engine.Http1;

/// <summary>The receiver of a body went away. Whoever sends knows which side that is.</summary>
internal sealed class DestinationException(Exception cause) : IOException("The receiver closed the connection.", cause);
