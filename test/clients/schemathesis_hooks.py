import re

import schemathesis

LENGTH = "Inference-Header-Content-Length"


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """A valid length that was drawn at random would cut nearly every JSON: nothing behind it would be tried."""
    drawn = str(case.headers.get(LENGTH, ""))
    if case.media_type == "application/json" and re.fullmatch(r"[1-9]\d+|[2-9]", drawn):
        del case.headers[LENGTH]
