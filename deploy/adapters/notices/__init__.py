"""Messages for people: one way of sending, with a deadline and without secrets; one file a kind of address."""
