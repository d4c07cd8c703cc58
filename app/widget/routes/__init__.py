"""Pages and doors of the widget."""
