"""The pages of channels: providers, suppressed addresses, the way out, and where providers report."""
