"""The interface for programs: JSON over HTTP, one router per business, the same doors as the pages."""
