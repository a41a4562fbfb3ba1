# The hooks that run before a body is read: bodies are streamed here, and later hooks would come after the head has left.
def requestheaders(flow):
    if "X-Api-Key" in flow.request.headers:
        flow.request.headers["X-Api-Key"] = "***"


def responseheaders(flow):
    flow.response.headers["Server"] = "masked"
