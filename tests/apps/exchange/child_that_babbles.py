"""A reader that answers no JSON."""

print("not json")
