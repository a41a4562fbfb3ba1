using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace ScriptProxy.Analyzers;

/// <summary>SP2003: a member of an addon that reads bodies and looks neither at what they are nor at how long they are, nor minds their being too long.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UncheckedBodyAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.UncheckedBody];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (AddonTypes.Of(start.Compilation) is { } types) start.RegisterOperationBlockAction(block => Look(block, types));
        });
    }

    private static void Look(OperationBlockAnalysisContext context, AddonTypes types)
    {
        if (!types.IsOfAddon(context.OwningSymbol.ContainingType)) return;

        var reads = new List<IInvocationOperation>();
        foreach (var operation in context.OperationBlocks.SelectMany(block => block.DescendantsAndSelf()))
        {
            if (IsCheck(operation, types)) return;
            if (operation is IInvocationOperation { TargetMethod.Name: "ReadBytesAsync" or "ReadTextAsync" or "ReadJsonAsync" } read && AddonTypes.Derives(read.TargetMethod.ContainingType, types.Message)) reads.Add(read);
        }

        foreach (var read in reads) context.ReportDiagnostic(Diagnostic.Create(Rules.UncheckedBody, read.Syntax.GetLocation(), read.TargetMethod.Name));
    }

    private static bool IsCheck(IOperation operation, AddonTypes types) => operation switch
    {
        IPropertyReferenceOperation { Property: { Name: "ContentType" or "ContentLength" } property } => AddonTypes.Derives(property.ContainingType, types.Message),
        IPropertyReferenceOperation { Property: { IsIndexer: true } indexer } reference =>
            AddonTypes.Derives(indexer.ContainingType, types.Headers) && AddonTypes.OnlyText(reference.Arguments)?.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) == true,
        ICatchClauseOperation { ExceptionType.Name: "BodyTooLargeException" or "IOException" or "Exception" } => true,
        _ => false,
    };
}
