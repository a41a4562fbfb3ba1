using System.Text.Json.Nodes;
using ScriptProxy;

namespace HttpClientAddonsExample;

/// <summary>The same addon that a proxy would run: it masks a field of JSON answers, and reads no other body.</summary>
internal sealed class HideNames : Addon
{
    public override async ValueTask OnResponseAsync(HttpFlow flow)
    {
        if (flow.Response!.ContentType is not "application/json") return;
        if (await flow.Response.ReadJsonAsync<JsonObject>(flow.Aborted) is not { } json || !json.ContainsKey("name")) return;
        json["name"] = "***";
        flow.Response.SetJson(json);
    }
}
