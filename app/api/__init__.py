"""The API: everything programs may do, below `/api/v1`.

A *resource* is a noun with an address; it is thin and calls the packages' actions and queries, so
a program is bound by the same rules as a page. A *key* stands for its owner, with no more rights.

Rules: each method declares the right it takes; a list has `data`, `next` and `previous`; a single
resource has an ETag, and changing it takes `If-Match`; every POST takes an `Idempotency-Key`;
every refusal is a problem document (RFC 9457) with `code`, `request_id` and `errors` by field;
what a program sends and nobody asked for is refused, never ignored.
"""
