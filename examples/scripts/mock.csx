// mock.csx - answer instead of the origin
//
//     scriptproxy -s examples/scripts/mock.csx

void OnRequest(HttpFlow flow)
{
    if (flow.Request.Host != "api.example") return;

    switch (flow.Request.Method, flow.Request.Path)
    {
        case ("GET", "/users/1"):
            flow.Respond(200, """{"id": 1, "name": "Ada"}""", "application/json");
            break;
        case ("POST", "/users"):
            flow.Respond(201, """{"id": 2}""", "application/json");
            break;
        case ("GET", "/old"):
            flow.Redirect("https://api.example/users/1");
            break;
        default:
            flow.Respond(404, "Not mocked.");
            break;
    }

    flow.Tags.Add("mocked");
}
