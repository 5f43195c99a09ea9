"""What schemathesis does before each call."""

import itertools

import schemathesis

ADDRESSES = itertools.count(2)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Each valid request comes from another address. Whoever shows ten wrong tokens in a minute is answered 429, as RFC 6585
    has it, and the check of `ignored_auth`, which shows one where a request went well, takes 401 and 403 alone for a refusal.
    What is invalid is left as it is: with another header it would be sent with the token that it is to lack."""
    if case.meta and case.meta.generation.mode.is_positive:
        number = next(ADDRESSES)
        case.headers["X-Forwarded-For"] = f"127.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
