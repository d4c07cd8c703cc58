"""Files that go with records of any kind.

A file's *content* lies below the state folder under a random name, never where a web server looks, and leaves
only through a route that checks its record, as a download. What a file is, is told by its content alone; kinds
that browsers run are not taken. Pictures get a small preview, drawn anew from their pixels.

A deleted file can be undone; its content stays as long and then goes (`sweep`). With an erased customer the
content goes at once.
"""
