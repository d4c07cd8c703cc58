"""The ground floor: what every package stands on, and nothing that knows a capability."""
