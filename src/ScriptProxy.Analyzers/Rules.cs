using Microsoft.CodeAnalysis;

namespace ScriptProxy.Analyzers;

/// <summary>What the analyzers report; docs/analyzers.md says more of each.</summary>
internal static class Rules
{
    private const string Category = "ScriptProxy";

    public static readonly DiagnosticDescriptor BlockingCall = New(
        "SP2001",
        "A hook calls something that holds its thread",
        "{0} holds its thread, and {1} runs for traffic: await the asynchronous form",
        DiagnosticSeverity.Warning,
        "Hooks run on the threads that serve all connections until they prove slow. Await instead, and pass flow.Aborted.");

    public static readonly DiagnosticDescriptor AsyncVoid = New(
        "SP2002",
        "An addon has async void code",
        "Nobody awaits 'async void': the flow goes on without it, and its exceptions are only logged. Return a Task or ValueTask.",
        DiagnosticSeverity.Warning,
        "The proxy waits for what a hook returns. Behind 'async void' it forwards the message unchanged, and a failure cannot fail closed.");

    public static readonly DiagnosticDescriptor UncheckedBody = New(
        "SP2003",
        "A hook reads a body without a look at its type or length",
        "{0} reads every body into memory: check ContentType or ContentLength first, or catch BodyTooLargeException",
        DiagnosticSeverity.Info,
        "A body that nobody reads streams through. One that is read is buffered up to --body-limit, and a longer one fails the flow unless BodyTooLargeException is caught.");

    public static readonly DiagnosticDescriptor LoggedSecret = New(
        "SP2004",
        "An addon logs what may be a secret",
        "{0} may hold a secret, and what an addon logs itself is not masked",
        DiagnosticSeverity.Warning,
        "Records of flows are masked; a text that an addon logs is not. Log the name, the host or the path instead.");

    private static DiagnosticDescriptor New(string id, string title, string message, DiagnosticSeverity severity, string description) =>
        new(id, title, message, Category, severity, isEnabledByDefault: true, description);
}
