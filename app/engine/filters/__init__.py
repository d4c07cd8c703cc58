"""The one filter tree: what lists, segments, audiences, rules and reports choose by."""
