"""A service instrumented by OpenTelemetry for Python, which speaks the formats of OTEL_PROPAGATORS.

GET /seen           answers what it was sent, as JSON
GET /call?url=URL   begins a span, adds baggage, gets URL with what it injects, and answers what it sent and what came back

It prints `listening: ADDRESS` and serves until it is ended.
"""

import json
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from opentelemetry import baggage, context, propagate, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import Decision, ParentBased, Sampler, SamplingResult

# Without a space: Python sends one as `+`, which W3C Baggage reads as a plus sign.
VALUE = "Zoë&Söhne,50%;\"a=b\""


class Stating(Sampler):
    """Samples every trace, and says so in the tracestate."""

    def should_sample(self, parent_context, trace_id, name, kind=None, attributes=None, links=None, trace_state=None):
        state = trace.TraceState([("python", "began:here")])
        return SamplingResult(Decision.RECORD_AND_SAMPLE, trace_state=state)

    def get_description(self):
        return "Stating"


tracer = TracerProvider(sampler=ParentBased(Stating())).get_tracer("interop")


def told(where):
    """What a context says, in the words that both sides use."""
    span = trace.get_current_span(where).get_span_context()
    return {
        "trace_id": trace.format_trace_id(span.trace_id),
        "span_id": trace.format_span_id(span.span_id),
        "sampled": span.trace_flags.sampled,
        "tracestate": span.trace_state.to_header() or None,
        "baggage": dict(baggage.get_all(where)),
    }


class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        asked = urlsplit(self.path)
        caller = propagate.extract({name.lower(): value for name, value in self.headers.items()}, context.Context())
        if asked.path == "/seen":
            answer = told(caller) | {"headers": {name.lower(): value for name, value in self.headers.items()}}
        else:
            answer = self.call(parse_qs(asked.query)["url"][0], caller)
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @staticmethod
    def call(url, caller):
        with tracer.start_as_current_span("call", context=caller) as span:
            here = trace.set_span_in_context(span, baggage.set_baggage("python", VALUE, caller))
            headers = {}
            propagate.inject(headers, here)
            with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as response:
                return {"sent": told(here), "answer": json.load(response)}

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
print(f"listening: http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
