"""The pages: tasks, and the calendar they stand in."""
