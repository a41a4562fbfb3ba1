// json.csx - edit JSON on its way to the client
//
//     scriptproxy -s examples/scripts/json.csx

async Task OnResponse(HttpFlow flow)
{
    var response = flow.Response!;
    if (response.ContentType != "application/json") return;

    // Buffers this one body, decoded; all others stream past.
    var json = await response.ReadJsonAsync<JsonNode>(flow.Aborted);
    if (Hide(json)) response.SetJson(json);
}

// Every "password" and "token", at any depth. Returns whether there was one: a body that is not replaced stays as it came, byte for byte.
static bool Hide(JsonNode? node)
{
    var hidden = false;
    if (node is JsonArray array)
    {
        foreach (var item in array) hidden |= Hide(item);
    }
    else if (node is JsonObject fields)
    {
        foreach (var name in fields.Select(field => field.Key).ToList())
        {
            if (name is "password" or "token")
            {
                fields[name] = "***";
                hidden = true;
            }
            else hidden |= Hide(fields[name]);
        }
    }

    return hidden;
}
