// expand-links.csx - make the relative links of pages absolute, so that a saved page still leads somewhere
//
//     scriptproxy -s examples/scripts/expand-links.csx

static readonly Regex Link = new("""(?<before>\b(?:href|src|action)\s*=\s*["'])(?<url>[^"'#]*)(?=["'#])""", RegexOptions.IgnoreCase, TimeSpan.FromSeconds(1));

async Task OnResponse(HttpFlow flow)
{
    var response = flow.Response!;
    if (response.ContentType != "text/html" || !response.HasBody) return;

    var page = new Uri(flow.Request.Url);
    var text = await response.ReadTextAsync(flow.Aborted);
    response.SetText(Link.Replace(text, link => link.Groups["before"].Value + Expanded(page, link.Groups["url"].Value)));
}

// Empty ones lead within the page, and what cannot be understood is left.
static string Expanded(Uri page, string url) => url.Length > 0 && Uri.TryCreate(page, url, out var absolute) ? absolute.AbsoluteUri : url;
