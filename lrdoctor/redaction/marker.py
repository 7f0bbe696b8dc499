"""What stands in a report where something was hidden."""

HIDDEN = "(not shown)"
