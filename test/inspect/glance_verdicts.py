"""What Glance's own inspector says of the files named in argv: a JSON object of format and safety by file."""

import json
import logging
import sys

from glance.common import format_inspector

logging.disable(logging.CRITICAL)


def verdict(path):
    try:
        found = format_inspector.detect_file_format(path)
    except Exception as error:
        return {"format": None, "safe": False, "error": type(error).__name__}
    try:
        safe = found.safety_check()
    except Exception as error:
        return {"format": str(found), "safe": False, "error": type(error).__name__}
    return {"format": "qed" if "QED" in type(found).__name__ else str(found), "safe": bool(safe)}


print(json.dumps({path: verdict(path) for path in sys.argv[1:]}))
