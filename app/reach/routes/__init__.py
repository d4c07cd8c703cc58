"""The pages of touch tasks: the list and each task, drafts a step at a time, and deliveries."""
