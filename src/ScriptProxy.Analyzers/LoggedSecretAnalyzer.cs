using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace ScriptProxy.Analyzers;

/// <summary>SP2004: header values of secret names, whole URLs and queries in what is handed to a log or the console.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class LoggedSecretAnalyzer : DiagnosticAnalyzer
{
    private static readonly string[] SecretWords = ["auth", "cookie", "token", "secret", "key", "password", "passwd", "session", "credential", "signature", "jwt"];

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.LoggedSecret];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (AddonTypes.Of(start.Compilation) is { } types) start.RegisterOperationAction(operation => Look(operation, types), OperationKind.Invocation);
        });
    }

    private static void Look(OperationAnalysisContext context, AddonTypes types)
    {
        var invocation = (IInvocationOperation)context.Operation;
        if (!IsLog(invocation.TargetMethod, types)) return;

        foreach (var operation in invocation.Arguments.SelectMany(argument => argument.Descendants()))
        {
            if (Secret(operation, types) is { } secret) context.ReportDiagnostic(Diagnostic.Create(Rules.LoggedSecret, operation.Syntax.GetLocation(), secret));
        }
    }

    private static bool IsLog(IMethodSymbol method, AddonTypes types)
    {
        var type = method.ContainingType;
        if (AddonTypes.Derives(type, types.Context)) return method.Name is "Log" or "LogWarning";
        return type.Name switch
        {
            "Console" => method.Name is "Write" or "WriteLine",
            "Debug" or "Trace" => method.Name.StartsWith("Write", StringComparison.Ordinal) || method.Name.StartsWith("Trace", StringComparison.Ordinal),
            "LoggerExtensions" => method.Name.StartsWith("Log", StringComparison.Ordinal),
            _ => false,
        };
    }

    private static string? Secret(IOperation operation, AddonTypes types)
    {
        if (operation is IPropertyReferenceOperation { Property: { Name: "Url" or "Target" or "Query" } property } && AddonTypes.Derives(property.ContainingType, types.Request)) return property.Name;
        var header = operation switch
        {
            IPropertyReferenceOperation { Property: { IsIndexer: true } indexer } reference when AddonTypes.Derives(indexer.ContainingType, types.Headers) => AddonTypes.OnlyText(reference.Arguments),
            IInvocationOperation { TargetMethod.Name: "GetAll" } call when AddonTypes.Derives(call.TargetMethod.ContainingType, types.Headers) => AddonTypes.OnlyText(call.Arguments),
            _ => null,
        };
        return header is not null && SecretWords.Any(word => header.IndexOf(word, StringComparison.OrdinalIgnoreCase) >= 0) ? $"The header {header}" : null;
    }
}
