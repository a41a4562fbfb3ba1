using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace ScriptProxy.Analyzers;

/// <summary>SP2002: methods, local functions and lambdas in an addon.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class AsyncVoidAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.AsyncVoid];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (AddonTypes.Of(start.Compilation) is not { } types) return;
            start.RegisterSymbolAction(symbol => Check((IMethodSymbol)symbol.Symbol, types, symbol.ReportDiagnostic), SymbolKind.Method);
            start.RegisterOperationAction(operation => Check(Local(operation.Operation), types, operation.ReportDiagnostic), OperationKind.AnonymousFunction, OperationKind.LocalFunction);
        });
    }

    private static IMethodSymbol Local(IOperation operation) =>
        operation is IAnonymousFunctionOperation lambda ? lambda.Symbol : ((ILocalFunctionOperation)operation).Symbol;

    private static void Check(IMethodSymbol method, AddonTypes types, Action<Diagnostic> report)
    {
        if (!method.IsAsync || !method.ReturnsVoid || !types.IsOfAddon(method.ContainingType)) return;
        report(Diagnostic.Create(Rules.AsyncVoid, method.Locations.FirstOrDefault()));
    }
}
