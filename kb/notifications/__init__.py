"""Who is told of an event, in the site and by mail."""
