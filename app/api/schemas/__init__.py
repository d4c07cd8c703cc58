"""The shapes of what programs send and get, one module for each kind of resource."""
