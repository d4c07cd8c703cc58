"""From the bytes of a mail to what it says: pure, limited, and without an exception whatever the bytes are."""
