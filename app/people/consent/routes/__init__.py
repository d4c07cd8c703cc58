"""The pages of consent: staff's, the customer's own, and the public one behind a link."""
