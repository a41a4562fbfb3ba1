// counter.csx - number the responses; saving this file does not begin anew
//
//     scriptproxy -s examples/scripts/counter.csx

using System.Runtime.CompilerServices;

StrongBox<long> count = null!;

// What stands in State is handed on to the next version of the script.
void OnLoad(AddonContext context) => count = context.State.GetOrAdd("count", () => new StrongBox<long>());

// Hooks of different flows run at the same time, so adding has to be atomic.
void OnResponse(HttpFlow flow) => flow.Response!.Headers["X-Count"] = $"{Interlocked.Increment(ref count.Value)}";
