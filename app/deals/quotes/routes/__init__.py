"""Pages about quotes: the staff's, and the customer's behind a link."""
