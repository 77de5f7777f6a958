"""The product as a person meets it: a served sample city and Debian's Chromium."""
