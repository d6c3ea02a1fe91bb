"""Small Trio tools without domain words: supervisor, ring, logs, metrics."""
