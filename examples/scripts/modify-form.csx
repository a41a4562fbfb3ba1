// modify-form.csx - set fields of the forms that are sent
//
//     scriptproxy -s examples/scripts/modify-form.csx --set modify-form.fields='{newsletter: no}'

record Options { [Option("Fields that every form has, by name.", Secret = true)] public Dictionary<string, string> Fields { get; init; } = []; }
Options options = new();

// Both kinds of form: urlencoded, and multipart with files in it.
async Task OnRequest(HttpFlow flow)
{
    var request = flow.Request;
    if (options.Fields.Count == 0 || request.ContentType is not ("application/x-www-form-urlencoded" or "multipart/form-data")) return;

    var form = await request.ReadFormAsync(cancellationToken: flow.Aborted);
    foreach (var (name, value) in options.Fields) form[name] = value;
    request.SetForm(form);
}
