using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace ScriptProxy.Analyzers;

/// <summary>SP2001: in an addon's hooks, and in the methods of its class that they call.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BlockingCallAnalyzer : DiagnosticAnalyzer
{
    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics { get; } = [Rules.BlockingCall];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterCompilationStartAction(start =>
        {
            if (AddonTypes.Of(start.Compilation) is { } types) start.RegisterSymbolStartAction(symbol => Look(symbol, types), SymbolKind.NamedType);
        });
    }

    private static void Look(SymbolStartAnalysisContext context, AddonTypes types)
    {
        if (!AddonTypes.Derives((INamedTypeSymbol)context.Symbol, types.Addon)) return;

        var calls = new CallsOfAddon();
        context.RegisterOperationAction(
            operation => calls.Add(operation.ContainingSymbol, operation.Operation),
            OperationKind.Invocation,
            OperationKind.PropertyReference,
            OperationKind.ObjectCreation,
            OperationKind.MethodReference);
        context.RegisterSymbolEndAction(end =>
        {
            foreach (var (hook, blocking) in calls.ReachedFrom(((INamedTypeSymbol)end.Symbol).GetMembers().OfType<IMethodSymbol>().Where(types.IsHook)))
                end.ReportDiagnostic(Diagnostic.Create(Rules.BlockingCall, blocking.Location, blocking.Name, hook));
        });
    }

    /// <summary>Who calls whom in one class, and what blocks there. Filled from several threads.</summary>
    private sealed class CallsOfAddon
    {
        private readonly ConcurrentDictionary<ISymbol, ConcurrentBag<ISymbol>> _own = new(SymbolEqualityComparer.Default);
        private readonly ConcurrentDictionary<ISymbol, ConcurrentBag<(string Name, Location Location)>> _blocking = new(SymbolEqualityComparer.Default);

        public void Add(ISymbol from, IOperation operation)
        {
            if (CalledBy(operation) is not { } called) return;
            if (SymbolEqualityComparer.Default.Equals(called.ContainingType, from.ContainingType)) _own.GetOrAdd(from, static _ => []).Add(called.OriginalDefinition);
            else if (BlockingName(called, operation) is { } name) _blocking.GetOrAdd(from, static _ => []).Add((name, operation.Syntax.GetLocation()));
        }

        public IEnumerable<(string Hook, (string Name, Location Location) Call)> ReachedFrom(IEnumerable<IMethodSymbol> hooks)
        {
            var seen = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
            foreach (var hook in hooks)
            {
                var left = new Stack<ISymbol>([hook]);
                while (left.Count > 0)
                {
                    var method = left.Pop();
                    if (!seen.Add(method)) continue;
                    if (_own.TryGetValue(method, out var called)) foreach (var next in called) left.Push(next);
                    if (!_blocking.TryGetValue(method, out var calls)) continue;
                    foreach (var call in calls) yield return (hook.Name, call);
                }
            }
        }

        private static IMethodSymbol? CalledBy(IOperation operation) => operation switch
        {
            IInvocationOperation invocation => invocation.TargetMethod,
            IMethodReferenceOperation reference => reference.Method,
            IObjectCreationOperation creation => creation.Constructor,
            IPropertyReferenceOperation property => property.Property.GetMethod,
            _ => null,
        };

        private static string? BlockingName(IMethodSymbol method, IOperation operation)
        {
            // A stream in memory waits for nobody.
            if (operation is IInvocationOperation { Instance.Type.Name: "MemoryStream" }) return null;

            // The base's method is the one that is listed, as it is the one that is compiled in.
            while (method.OverriddenMethod is { } overridden) method = overridden;
            var type = method.ContainingType.OriginalDefinition;
            var fullName = $"{type.ContainingNamespace.ToDisplayString()}.{type.MetadataName}";
            if (!BlockingMembers.Contains(fullName, method.MetadataName)) return null;
            return method.MethodKind == MethodKind.Constructor ? $"new {type.Name}" : $"{type.Name}.{method.MetadataName.Replace("get_", "")}";
        }
    }
}
